import { DatabaseSync } from "node:sqlite";
import { StoreUnusable } from "../../store_error.ts";
import { BUSY_MS, usable } from "../database.ts";
import { checkSchema } from "../schema/schema.ts";

/**
 * Opens a store's file as it is, for tools, and closes it afterwards.
 *
 * @throws {StoreUnusable} if it is no store, or of a newer version
 */
export function withStoreFile<Result>(path: string, action: (database: DatabaseSync) => Result): Result {
  const database = openStoreFile(path);
  try {
    return usable(path, () => action(database));
  } finally {
    database.close();
  }
}

/**
 * The same, for the caller to close.
 *
 * @throws {StoreUnusable} if it is no store, or of a newer version
 */
export function openStoreFile(path: string, { readOnly = false } = {}): DatabaseSync {
  return usable(path, () => {
    const size = sizeOf(path);
    if (size === undefined) throw new StoreUnusable(`Cannot use ${path}: there is no such file`);
    const database = new DatabaseSync(path, { readOnly });
    try {
      database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
      if (checkSchema(database, path) === 0) {
        throw new StoreUnusable(`Cannot use ${path}: there is nothing in it`);
      }
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** Opening would create the file. */
function sizeOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
