import { join } from "node:path";
import { StoreLocked, StoreUnusable } from "../store_error.ts";
import { reasonOf } from "./database.ts";

/** What lies in a data directory. */
export interface DataPaths {
  readonly directory: string;
  readonly database: string;
  readonly lock: string;
}

/** The names of the files in a data directory. */
export function dataPaths(directory: string): DataPaths {
  return { directory, database: join(directory, "heliograph.db"), lock: join(directory, "lock") };
}

/**
 * A data directory that is ours alone, by a lock of the operating system: it ends with the process, however that
 * ends, so nothing has to be cleaned up after a crash.
 */
export class DataDirectory {
  readonly paths: DataPaths;
  readonly #lock: Deno.FsFile;

  private constructor(paths: DataPaths, lock: Deno.FsFile) {
    this.paths = paths;
    this.#lock = lock;
  }

  /**
   * Takes a data directory, and creates it, readable for nobody else, if it is not there and `create` is set.
   *
   * @throws {StoreLocked} if another process, or another part of this one, has it
   * @throws {StoreUnusable} if it cannot be created or opened
   */
  static async take(directory: string, { create = true } = {}): Promise<DataDirectory> {
    const paths = dataPaths(directory);
    const lock = await attempt(directory, () => openLock(paths, create));
    if (await lock.tryLock(true)) return new DataDirectory(paths, lock);
    lock.close();
    throw new StoreLocked(directory);
  }

  /**
   * Creates an empty database file where there is none. SQLite would create it readable for all; the files that it
   * adds later take its mode.
   *
   * @throws {StoreUnusable} if that cannot be done
   */
  async ensureDatabaseFile(): Promise<void> {
    const { directory, database } = this.paths;
    await attempt(
      directory,
      async () => (await Deno.open(database, { create: true, write: true, mode: 0o600 })).close(),
    );
  }

  /** Lets others have it. */
  release(): void {
    this.#lock.close();
  }
}

async function openLock({ directory, lock }: DataPaths, create: boolean): Promise<Deno.FsFile> {
  if (create) await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
  return await Deno.open(lock, { create: true, write: true, mode: 0o600 });
}

async function attempt<Result>(directory: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    throw new StoreUnusable(`Cannot use the data directory ${directory}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
