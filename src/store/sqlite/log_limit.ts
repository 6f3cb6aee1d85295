import type { DatabaseSync } from "node:sqlite";
import type { OpenRequest } from "./calls.ts";
import { BUSY_MS } from "./database.ts";
import { arrays, numberAt } from "./rows.ts";

/** Somebody reads an old state of the database, a backup for one: how long until the next attempt. */
const RETRY_MS = 1000;

/**
 * Keeps the log bounded. Checkpoints beside the commits write it back, but under steady commits there is always a
 * newer one that they have not, so the log is never begun anew; above a mark the committer does that itself.
 */
export class LogLimit {
  readonly #database: DatabaseSync;
  readonly #log: string;
  readonly #bytesMax: number;
  #notBefore = 0;

  constructor(database: DatabaseSync, { path, walBytesMax }: OpenRequest) {
    this.#database = database;
    this.#log = `${path}-wal`;
    this.#bytesMax = walBytesMax;
  }

  /** Writes the log back and cuts it to nothing, if it is above the mark. */
  enforce(): void {
    if (Deno.statSync(this.#log).size <= this.#bytesMax || performance.now() < this.#notBefore) return;
    if (truncateLog(this.#database)) return;
    this.#notBefore = performance.now() + RETRY_MS;
  }
}

/** Writes the whole log back and cuts it to nothing; false if somebody still reads from it, for whom it never waits. */
export function truncateLog(database: DatabaseSync): boolean {
  database.exec("PRAGMA busy_timeout = 0");
  try {
    const row = arrays(database, "PRAGMA wal_checkpoint(TRUNCATE)").get();
    return row !== undefined && numberAt(row, 0) === 0;
  } finally {
    database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
  }
}
