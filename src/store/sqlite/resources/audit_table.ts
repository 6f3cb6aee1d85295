import { Buffer } from "node:buffer";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import {
  AUDIT_PAGE_LIMITS,
  type AuditPage,
  type AuditPageLimits,
  type AuditPageRequest,
  AuditPages,
} from "./audit_pages.ts";
import type { AuditRow } from "./audit_row.ts";
import { attempt, transact } from "./transaction.ts";

/** How long, how large and how old the log may become; the oldest rows go. */
export interface AuditLimits {
  readonly rowsMax: number;
  readonly bytesMax: number;
  readonly ageMillisecondsMax: number;
}

const DAY = 86_400_000;
export const AUDIT_LIMITS: AuditLimits = {
  rowsMax: 100_000,
  bytesMax: 256 * 1024 * 1024,
  ageMillisecondsMax: 400 * DAY,
};

/** Of a row, beside its texts. */
const ROW_BYTES = 64;
const COLUMNS = "time, operator, address, action, target, before, after";

/** The audit log. Rows are only ever added, and removed from its old end. */
export class AuditTable {
  readonly #database: DatabaseSync;
  readonly #limits: AuditLimits;
  readonly #insert: StatementSync;
  readonly #oldest: StatementSync;
  readonly #remove: StatementSync;
  readonly #count: StatementSync;
  readonly #pages: AuditPages;
  /** `undefined` where it has to be counted. */
  #size: { rows: number; bytes: number } | undefined;

  constructor(
    database: DatabaseSync,
    limits: AuditLimits = AUDIT_LIMITS,
    pageLimits: AuditPageLimits = AUDIT_PAGE_LIMITS,
  ) {
    this.#database = database;
    this.#limits = limits;
    this.#insert = database.prepare(
      `INSERT INTO audit (${COLUMNS}, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#oldest = database.prepare("SELECT number, time, bytes FROM audit ORDER BY number");
    this.#remove = database.prepare("DELETE FROM audit WHERE number <= ?");
    this.#count = database.prepare("SELECT count(*) AS rows, total(bytes) AS bytes FROM audit");
    this.#pages = new AuditPages(database, pageLimits);
  }

  /**
   * Enters one thing that was done.
   *
   * @throws SQLite's error if it is not durable
   */
  record(row: AuditRow): Promise<void> {
    return attempt(() => this.enter([row]));
  }

  /** Enters rows together with what `action` writes: both or neither. */
  enter(rows: readonly AuditRow[], action: () => void = () => {}): void {
    try {
      transact(this.#database, () => {
        action();
        this.#append(rows);
      });
    } catch (error) {
      this.#size = undefined;
      throw error;
    }
  }

  /** A part of the log, the newest first. */
  list(request: AuditPageRequest): Promise<AuditPage> {
    return attempt(() => this.#pages.read(request));
  }

  #append(rows: readonly AuditRow[]): void {
    const [newest] = rows.slice(-1);
    if (newest === undefined) return;
    const size = this.#size ??= this.#counted();
    for (const row of rows) {
      size.rows += 1;
      size.bytes += this.#insertRow(row);
    }
    this.#cut(size, newest.time);
  }

  #insertRow(row: AuditRow): number {
    const { time, operator, address = null, action, target, before = null, after = null } = row;
    const texts = [operator, address, action, target, before, after];
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ""), ROW_BYTES);
    this.#insert.run(time, operator, address, action, target, before, after, bytes);
    return bytes;
  }

  /** Removes what is too much, from the old end on. */
  #cut(size: { rows: number; bytes: number }, now: number): void {
    const { rowsMax, bytesMax, ageMillisecondsMax } = this.#limits;
    let last: number | undefined;
    for (const row of this.#oldest.iterate()) {
      const fits = size.rows <= rowsMax && size.bytes <= bytesMax;
      if (fits && Number(row["time"]) >= now - ageMillisecondsMax) break;
      last = Number(row["number"]);
      size.rows -= 1;
      size.bytes -= Number(row["bytes"]);
    }
    if (last !== undefined) this.#remove.run(last);
  }

  #counted(): { rows: number; bytes: number } {
    const row = this.#count.get();
    return { rows: Number(row?.["rows"]), bytes: Number(row?.["bytes"]) };
  }
}
