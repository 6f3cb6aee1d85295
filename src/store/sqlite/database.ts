import { DatabaseSync } from "node:sqlite";
import { StoreUnusable } from "../store_error.ts";
import { migrate } from "./schema/schema.ts";

/** When a commit counts: once it is on the disk, or once the system has it. */
export type Durability = "strict" | "relaxed";

/** Pages that a connection may keep in memory. */
const CACHE_BYTES = 32 * 1024 * 1024;
/** How long a connection waits for another's lock; only tools that look into a running store ever hold one. */
export const BUSY_MS = 5000;

/**
 * Opens the store for its committer, and creates or migrates it where that is needed.
 *
 * @throws {StoreUnusable} if it cannot be used
 */
export function openDatabase(path: string, durability: Durability): DatabaseSync {
  return usable(path, () => {
    const database = new DatabaseSync(path);
    try {
      database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
      migrate(database, path);
      database.exec(`PRAGMA synchronous = ${durability === "strict" ? "FULL" : "NORMAL"}`);
      // Checkpoints come after the answer to a commit, not before it. A cache that spills would write before the commit.
      database.exec("PRAGMA wal_autocheckpoint = 0");
      database.exec("PRAGMA cache_spill = OFF");
      database.exec(`PRAGMA cache_size = ${-CACHE_BYTES / 1024}`);
      database.exec("PRAGMA temp_store = MEMORY");
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** Says of any error that opening or reading gives which file it was. */
export function usable<Result>(path: string, attempt: () => Result): Result {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof StoreUnusable) throw error;
    throw new StoreUnusable(`Cannot use ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

/** What went wrong, in SQLite's or the system's words. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
