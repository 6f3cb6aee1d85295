import type { DatabaseSync, StatementSync } from "node:sqlite";

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
  readonly #database: DatabaseSync;
  readonly #all: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
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
   * Makes changes durable, all of them or none.
   *
   * @throws SQLite's error if they are not; then none of them is
   */
  write(changes: readonly ResourceRowChange[]): Promise<void> {
    return attempt(() => transact(this.#database, () => changes.forEach((change) => this.#write(change))));
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

function transact(database: DatabaseSync, action: () => void): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    action();
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** SQLite answers at once and throws; a port promises. */
export function attempt<Result>(action: () => Result): Promise<Result> {
  return new Promise((resolve) => resolve(action()));
}
