import type { DatabaseSync } from "node:sqlite";
import { StoreUnusable } from "../../store_error.ts";
import { version1 } from "./version_1.ts";
import { version2 } from "./version_2.ts";
import { version3 } from "./version_3.ts";
import { version4 } from "./version_4.ts";

/** Marks a database as Heliograph's: "Helg". */
const APPLICATION_ID = 0x4865_6c67;

/** The step from each version to the next. They are never changed once released, only added to. */
const migrations: readonly string[] = [version1, version2, version3, version4];

/** The version that this program writes. */
export const schemaVersion = migrations.length;

/**
 * Brings a database to the present schema, each step in a transaction of its own. An empty file becomes a store.
 *
 * @throws {StoreUnusable} if it is no store, or was written by a newer version
 */
export function migrate(database: DatabaseSync, path: string): void {
  const version = checkSchema(database, path);
  if (version === 0) prepareFile(database);
  for (let next = version; next < schemaVersion; next++) step(database, next);
}

/**
 * The schema's version; 0 of an empty file.
 *
 * @throws {StoreUnusable} if it is no store, or was written by a newer version
 */
export function checkSchema(database: DatabaseSync, path: string): number {
  const application = pragma(database, "application_id");
  const version = pragma(database, "user_version");
  const empty = application === 0 && version === 0 &&
    database.prepare("SELECT 1 FROM sqlite_schema").get() === undefined;
  if (empty) return 0;
  if (application !== APPLICATION_ID || version === 0) {
    throw new StoreUnusable(`Cannot use ${path}: it is the database of another program`);
  }
  if (version > schemaVersion) {
    throw new StoreUnusable(
      `Cannot use ${path}: its schema has version ${version}, and this Heliograph knows ${schemaVersion} at most; use the Heliograph that wrote it, or a newer one`,
    );
  }
  return version;
}

/** What can only be chosen while a file is empty: later, `auto_vacuum` costs a rewrite of the whole file. */
function prepareFile(database: DatabaseSync): void {
  database.exec("PRAGMA auto_vacuum = INCREMENTAL");
  database.exec("PRAGMA journal_mode = WAL");
}

function step(database: DatabaseSync, from: number): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    database.exec(migrations[from] ?? "");
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.exec(`PRAGMA user_version = ${from + 1}`);
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
