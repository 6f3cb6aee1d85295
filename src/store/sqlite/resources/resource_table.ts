import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { AuditRow } from "./audit_row.ts";
import type { AuditTable } from "./audit_table.ts";
import { attempt } from "./transaction.ts";

/** A resource as it is kept; the same shape as in the port of `src/access`. */
export interface ResourceRow {
  readonly type: string;
  readonly name: string;
  readonly etag: string;
  readonly json: string;
}

/** A version to keep in place of the one before it, or a resource to forget. */
export type ResourceRowChange =
  | ResourceRow
  | Pick<ResourceRow, "type" | "name"> & { readonly json: undefined };

/** The namespace's resources; the port is `ResourceStore` of `src/access`. */
export class ResourceTable {
  readonly #audit: AuditTable;
  readonly #all: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;

  constructor(database: DatabaseSync, audit: AuditTable) {
    this.#audit = audit;
    this.#all = database.prepare("SELECT type, name, etag, json FROM resource");
    this.#put = database.prepare(
      "INSERT OR REPLACE INTO resource (type, name, etag, json) VALUES (?, ?, ?, ?)",
    );
    this.#remove = database.prepare("DELETE FROM resource WHERE type = ? AND name = ?");
  }

  /** Every resource that is kept. */
  load(): Promise<ResourceRow[]> {
    return attempt(() => this.#all.all().map(rowOf));
  }

  /**
   * Makes changes durable, all of them or none, together with their entries in the audit log.
   *
   * @throws SQLite's error if they are not; then none of them is
   */
  write(changes: readonly ResourceRowChange[], entries: readonly AuditRow[] = []): Promise<void> {
    return attempt(() => this.#audit.enter(entries, () => changes.forEach((change) => this.#write(change))));
  }

  #write(change: ResourceRowChange): void {
    const { type, name } = change;
    if (change.json === undefined) this.#remove.run(type, name);
    else this.#put.run(type, name, change.etag, change.json);
  }
}

function rowOf({ type, name, etag, json }: Record<string, unknown>): ResourceRow {
  return { type: String(type), name: String(name), etag: String(etag), json: String(json) };
}
