import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { NumberedAuditRow } from "./audit_row.ts";

/** Which part of the log is asked for, the newest first. */
export interface AuditPageRequest {
  readonly top: number;
  /** The number to go on behind; from the newest one on if it is absent. */
  readonly after?: number | undefined;
  readonly accepts?: ((target: string) => boolean) | undefined;
}

/** Fewer items than were asked for, and even none, are not the end of the log: `next` says so. */
export interface AuditPage {
  readonly items: readonly NumberedAuditRow[];
  /** `after` of the next page; `undefined` behind the last one. */
  readonly next: number | undefined;
}

/** How much of the log one page takes: it is read where the call comes from, while everybody else waits. */
export interface AuditPageLimits {
  /** Rows that are looked at, whether they are accepted or not; the page ends there. */
  readonly rowsMax: number;
  /** What the rows on it count as. The page ends before the row that would exceed it, but holds one row at least. */
  readonly bytesMax: number;
}

export const AUDIT_PAGE_LIMITS: AuditPageLimits = { rowsMax: 1000, bytesMax: 1024 * 1024 };

/** Reads the audit log. */
export class AuditPages {
  readonly #limits: AuditPageLimits;
  /** Without their texts, which SQLite need not read for this. */
  readonly #targets: StatementSync;
  readonly #row: StatementSync;

  constructor(database: DatabaseSync, limits: AuditPageLimits) {
    this.#limits = limits;
    this.#targets = database.prepare(
      "SELECT number, target, bytes FROM audit WHERE number < ? ORDER BY number DESC",
    );
    this.#row = database.prepare(
      "SELECT number, time, operator, address, action, target, before, after FROM audit WHERE number = ?",
    );
  }

  /** A part of the log, the newest first. */
  read({ top, after, accepts = () => true }: AuditPageRequest): AuditPage {
    const { rowsMax, bytesMax } = this.#limits;
    const items: NumberedAuditRow[] = [];
    let [looked, bytes, last] = [0, 0, after];
    for (
      const { number, target, bytes: rowBytes } of this.#targets.iterate(after ?? Number.MAX_SAFE_INTEGER)
    ) {
      if (looked === rowsMax || items.length === top) return { items, next: last };
      if (accepts(String(target))) {
        bytes += Number(rowBytes);
        if (bytes > bytesMax && items.length > 0) return { items, next: last };
        items.push(this.#get(Number(number)));
      }
      looked += 1;
      last = Number(number);
    }
    return { items, next: undefined };
  }

  #get(number: number): NumberedAuditRow {
    const row = this.#row.get(number);
    if (row === undefined) {
      throw new Error(`Cannot read the row ${number} of the audit log: it was there before`);
    }
    return rowOf(row);
  }
}

function rowOf(row: Record<string, unknown>): NumberedAuditRow {
  return {
    number: Number(row["number"]),
    time: Number(row["time"]),
    operator: String(row["operator"]),
    address: optional(row["address"]),
    action: String(row["action"]),
    target: String(row["target"]),
    before: optional(row["before"]),
    after: optional(row["after"]),
  };
}

function optional(value: unknown): string | undefined {
  return value === null ? undefined : String(value);
}
