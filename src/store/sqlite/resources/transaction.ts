import type { DatabaseSync } from "node:sqlite";

/** Does all of `action` or nothing. */
export function transact(database: DatabaseSync, action: () => void): void {
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
