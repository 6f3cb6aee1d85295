import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { AuditRow } from "./audit_row.ts";
import type { AuditTable } from "./audit_table.ts";
import { attempt } from "./transaction.ts";

/** An operator token as it is kept: never the token itself. The same shape as in the port of `src/http`. */
export interface TokenRow {
  readonly id: string;
  readonly role: string;
  readonly description: string;
  /** SHA-256 of the token, in hexadecimal. */
  readonly hash: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** Unix milliseconds; `undefined` while it holds. */
  readonly revokedAt: number | undefined;
}

/** Operator tokens; the port is `OperatorTokenStore` of `src/http`. */
export class TokenTable {
  readonly #audit: AuditTable;
  readonly #all: StatementSync;
  readonly #put: StatementSync;

  constructor(database: DatabaseSync, audit: AuditTable) {
    this.#audit = audit;
    this.#all = database.prepare(
      "SELECT id, role, description, hash, created_at, revoked_at FROM operator_token ORDER BY created_at, id",
    );
    this.#put = database.prepare(
      "INSERT OR REPLACE INTO operator_token (id, role, description, hash, created_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?)",
    );
  }

  /** Every token that was ever kept, revoked ones too, the oldest first. */
  load(): Promise<TokenRow[]> {
    return attempt(() => this.#all.all().map(rowOf));
  }

  /**
   * Keeps a token, in place of the one that has its id, together with its entries in the audit log.
   *
   * @throws SQLite's error if they are not durable; then none of it is
   */
  put(token: TokenRow, entries: readonly AuditRow[] = []): Promise<void> {
    return attempt(() => this.#audit.enter(entries, () => this.#write(token)));
  }

  #write({ id, role, description, hash, createdAt, revokedAt }: TokenRow): void {
    this.#put.run(id, role, description, hash, createdAt, revokedAt ?? null);
  }
}

function rowOf(row: Record<string, unknown>): TokenRow {
  return {
    id: String(row["id"]),
    role: String(row["role"]),
    description: String(row["description"]),
    hash: String(row["hash"]),
    createdAt: Number(row["created_at"]),
    revokedAt: row["revoked_at"] === null ? undefined : Number(row["revoked_at"]),
  };
}
