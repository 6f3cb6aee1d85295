import type { DatabaseSync } from "node:sqlite";
import type { Ledger } from "./ledger.ts";
import { arrays, type ArrayStatement, numberAt } from "./rows.ts";

/** Free pages that are kept for what comes next: 4 MiB. */
const FREE_PAGES_KEPT = 1024;
/** Pages that one slice gives back: about 1 ms beside commits, more while nobody waits. */
const PAGES_BUSY = 64;
const PAGES_IDLE = 512;

/** Gives the space of what was removed back to the file system, in slices. */
export class Vacuum {
  readonly #freePages: ArrayStatement;
  readonly #busy: ArrayStatement;
  readonly #idle: ArrayStatement;

  constructor(database: DatabaseSync) {
    this.#freePages = arrays(database, "PRAGMA freelist_count");
    this.#busy = arrays(database, `PRAGMA incremental_vacuum(${PAGES_BUSY})`);
    this.#idle = arrays(database, `PRAGMA incremental_vacuum(${PAGES_IDLE})`);
  }

  /** Gives some pages back, and says how many are left to give; `undefined` if there was nothing to give. */
  slice(ledger: Ledger, idle: boolean): number | undefined {
    if (this.#surplus() <= 0) return undefined;
    // `exec` would take the first of its steps, which is one page.
    ledger.unsynced(() => (idle ? this.#idle : this.#busy).all());
    return Math.max(0, this.#surplus());
  }

  #surplus(): number {
    const row = this.#freePages.get();
    return row === undefined ? 0 : numberAt(row, 0) - FREE_PAGES_KEPT;
  }
}
