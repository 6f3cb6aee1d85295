import { DatabaseSync } from "node:sqlite";
import { migrate } from "../../src/store/sqlite/schema/schema.ts";
import { version1 } from "../../src/store/sqlite/schema/version_1.ts";

/** Makes a store as a Heliograph wrote it that knew the first schema alone. */
export function makeFirstVersion(path: string): void {
  const scratch = new DatabaseSync(":memory:");
  migrate(scratch, ":memory:");
  const application = Number(scratch.prepare("PRAGMA application_id").get()?.["application_id"]);
  scratch.close();
  const database = new DatabaseSync(path);
  database.exec("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL");
  database.exec(version1);
  database.exec(`PRAGMA application_id = ${application}; PRAGMA user_version = 1`);
  database.close();
}
