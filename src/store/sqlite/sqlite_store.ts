import type { Page, QueuedMessage, RetainedMessage, StoredSession } from "../listing.ts";
import type { PageRequest, Progress, Recovered, Store } from "../store.ts";
import { StoreUnusable } from "../store_error.ts";
import type { RecoveryStep } from "./calls.ts";
import { CommitQueue } from "./commit_queue.ts";
import { DataDirectory } from "./data_directory.ts";
import { type Durability, reasonOf } from "./database.ts";
import { Health } from "./health.ts";
import { MendingWorker } from "./mending_worker.ts";

/** A longer log has to be written back less often, and takes longer each time, for which one commit may wait. */
const LOG_BYTES = 16 * 1024 * 1024;

export interface SqliteStoreOptions {
  /** The data directory, which is created if it is not there. */
  readonly directory: string;
  readonly durability: Durability;
  /** The length of the write-ahead log from which on it is written back. */
  readonly logBytes?: number;
}

/** The parts of a store, once its database is open. */
interface Parts {
  readonly directory: DataDirectory;
  readonly worker: MendingWorker;
  readonly health: Health;
}

/** The store in an SQLite database (`docs/adr/0007-store-layout.md`), which a worker of its own reads and writes. */
export class SqliteStore implements Store {
  readonly #directory: DataDirectory;
  readonly #worker: MendingWorker;
  readonly #health: Health;
  readonly #queue: CommitQueue;
  #closing: Promise<void> | undefined;

  private constructor({ directory, worker, health }: Parts) {
    this.#directory = directory;
    this.#worker = worker;
    this.#health = health;
    this.#queue = new CommitQueue(worker, health);
  }

  /**
   * Takes a data directory and opens what is in it, or creates it.
   *
   * @throws {StoreLocked} if another process has the directory
   * @throws {StoreUnusable} if it cannot be used, or was written by a newer version
   */
  static async open(options: SqliteStoreOptions): Promise<SqliteStore> {
    const { logBytes = LOG_BYTES, durability } = options;
    const directory = await DataDirectory.take(options.directory);
    const health = new Health();
    const worker = new MendingWorker({ path: directory.paths.database, durability, logBytes }, health);
    try {
      await directory.ensureDatabaseFile();
      await worker.open();
      return new SqliteStore({ directory, worker, health });
    } catch (error) {
      await worker.close();
      directory.release();
      throw unusable(directory, error);
    }
  }

  get degraded(): string | undefined {
    return this.#health.degraded;
  }

  watch(listener: (degraded: string | undefined) => void): void {
    this.#health.watch(listener);
  }

  async recover(
    sink: (frames: Uint8Array) => void,
    progress?: (progress: Progress) => void,
  ): Promise<Recovered> {
    let asked = this.#recoveryStep();
    for (;;) {
      const step = await asked;
      if ("recovered" in step) {
        this.#worker.settled = step.settled;
        this.#queue.begin(step.recovered.sequence);
        return step.recovered;
      }
      // The worker reads on while the caller applies; if the caller throws, nobody asks what became of that.
      asked = this.#recoveryStep();
      asked.catch(() => {});
      sink(step.frames);
      progress?.({ done: Math.min(step.done, step.total), total: step.total });
    }
  }

  commit(frames: Uint8Array, sequence: number): Promise<number> {
    return this.#queue.add(frames, sequence);
  }

  load(bodies: readonly number[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#worker.read("load", bodies);
  }

  alive(wall: number): void {
    // One that is lost with a failure is followed by the next.
    this.#worker.link.call("alive", wall).catch(() => {});
  }

  sessions(page: PageRequest<number> = {}): Promise<Page<StoredSession, number>> {
    return this.#worker.read("sessions", page);
  }

  queue(owner: number, page: PageRequest<number> = {}): Promise<Page<QueuedMessage, number>> {
    return this.#worker.read("queue", { ...page, owner });
  }

  retained(page: PageRequest<string> = {}): Promise<Page<RetainedMessage, string>> {
    return this.#worker.read("retained", page);
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #recoveryStep(): Promise<RecoveryStep> {
    try {
      return await this.#worker.link.call("recover");
    } catch (error) {
      throw unusable(this.#directory, error);
    }
  }

  async #close(): Promise<void> {
    await this.#queue.close();
    await this.#worker.close();
    this.#directory.release();
  }
}

function unusable({ paths }: DataDirectory, error: unknown): StoreUnusable {
  if (error instanceof StoreUnusable) return error;
  return new StoreUnusable(`Cannot use the data directory ${paths.directory}: ${reasonOf(error)}`, {
    cause: error,
  });
}
