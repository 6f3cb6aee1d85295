import type { DatabaseSync } from "node:sqlite";
import type { OpenRequest } from "./calls.ts";
import { BUSY_MS } from "./database.ts";
import { arrays, type ArrayStatement, numberAt } from "./rows.ts";

/** A page with its header in the log. */
const LOGGED_PAGE_BYTES = 4096 + 24;
/** The file is cut when it is this many times as long as it should be: after a backup, or after a huge batch. */
const CUT_FACTOR = 4;

/**
 * Keeps the write-ahead log short, between commits. Once it has some length it is written back as a whole, and the next
 * commit begins it anew, in the same file: to write over what is there costs half of what it costs to make a file
 * longer, because only the data has to be synced (measured: 0.18 against 0.44 ms for one message).
 */
export class LogLimit {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #bytes: number;
  readonly #state: ArrayStatement;
  readonly #writeBack: ArrayStatement;
  /** Pages at which the next attempt is due. Somebody who reads an old state, a backup, keeps the log as it is. */
  #nextAt: number;

  constructor(database: DatabaseSync, { path, logBytes }: OpenRequest) {
    this.#database = database;
    this.#file = `${path}-wal`;
    this.#bytes = logBytes;
    this.#state = arrays(database, "PRAGMA wal_checkpoint(NOOP)");
    this.#writeBack = arrays(database, "PRAGMA wal_checkpoint(PASSIVE)");
    this.#nextAt = this.#interval;
  }

  /** Writes the log back if it is long enough. */
  enforce(): void {
    const row = this.#state.get();
    const pages = row === undefined ? 0 : numberAt(row, 1);
    if (pages < this.#nextAt) {
      if (pages < this.#interval) this.#nextAt = this.#interval;
      return;
    }
    this.writeBack();
    this.#nextAt = pages + this.#interval;
    if (Deno.statSync(this.#file).size > CUT_FACTOR * this.#bytes) truncateLog(this.#database);
  }

  /** Writes the log back, as far as nobody reads it. */
  writeBack(): void {
    this.#writeBack.get();
  }

  get #interval(): number {
    return Math.ceil(this.#bytes / LOGGED_PAGE_BYTES);
  }
}

/** Whether the database's file is to get longer when the log is written back. */
export function mustGrow(database: DatabaseSync, path: string): boolean {
  const row = arrays(database, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
    .get();
  return row !== undefined && numberAt(row, 0) > Deno.statSync(path).size;
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
