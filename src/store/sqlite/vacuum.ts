import type { DatabaseSync } from "node:sqlite";
import type { Ledger } from "./ledger.ts";
import { arrays, type ArrayStatement, numberAt } from "./rows.ts";

/** Free pages that are kept for what comes next: 4 MiB. */
const FREE_PAGES_KEPT = 1024;
/** Pages that one slice gives back: 2 ms beside commits, more while nobody waits. */
const PAGES_BUSY = 64;
const PAGES_IDLE = 512;

/** Gives the space of what was removed back to the file system, in slices. */
export class Vacuum {
  readonly #freePages: ArrayStatement;
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#freePages = arrays(database, "PRAGMA freelist_count");
  }

  /** Gives some pages back, and says how many are left to give; `undefined` if there was nothing to give. */
  slice(ledger: Ledger, idle: boolean): number | undefined {
    const surplus = this.#surplus();
    if (surplus <= 0) return undefined;
    const pages = Math.min(surplus, idle ? PAGES_IDLE : PAGES_BUSY);
    ledger.unsynced(() => this.#database.exec(`PRAGMA incremental_vacuum(${pages})`));
    return surplus - pages;
  }

  #surplus(): number {
    const row = this.#freePages.get();
    return row === undefined ? 0 : numberAt(row, 0) - FREE_PAGES_KEPT;
  }
}
