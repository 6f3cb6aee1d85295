import type { DatabaseSync } from "node:sqlite";
import { Batch } from "./batch.ts";
import type { References } from "./references.ts";
import { arrays, type ArrayStatement, numberAt } from "./rows.ts";

/** Entries that one slice looks at: 2 ms or less. */
const ENTRIES_PER_SLICE = 2000;

/**
 * Finds what is left of sessions and share groups that have ended. Their entries have no index, which would cost as
 * much as the entries themselves; instead the table is gone through in slices, for all that have ended at once.
 */
export class Sweep {
  readonly #slice: ArrayStatement;
  readonly #session: ArrayStatement;
  #after = 0;

  constructor(database: DatabaseSync) {
    this.#slice = arrays(
      database,
      `SELECT number, owner, assigned, packet_id FROM entry WHERE number > ? ORDER BY number LIMIT ${ENTRIES_PER_SLICE}`,
    );
    this.#session = arrays(database, "SELECT 1 FROM session WHERE number = ?");
  }

  /** What is to be removed of the next slice, and what passes to the member that has it. */
  next({ ended, sentOrder }: References): Batch {
    const batch = Batch.empty(sentOrder);
    const rows = this.#slice.all(this.#after);
    for (const row of rows) {
      const [entry, owner, assigned, packetId] = [0, 1, 2, 3].map((column) => numberAt(row, column));
      if (entry === undefined || owner === undefined || !ended.has(owner)) continue;
      if (packetId !== 0 && assigned !== undefined && this.#lives(assigned)) {
        batch.inherited.set(entry, owner);
      } else batch.done.push(entry);
    }
    const last = rows.at(-1);
    this.#after = last === undefined || rows.length < ENTRIES_PER_SLICE ? 0 : numberAt(last, 0);
    return batch;
  }

  #lives(session: number): boolean {
    return session > 0 && this.#session.get(session) !== undefined;
  }
}
