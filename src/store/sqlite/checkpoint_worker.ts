/** The worker that writes the log back into the database beside the commits, which never wait for it. */
import { DatabaseSync } from "node:sqlite";
import type { CheckpointCalls } from "./calls.ts";
import { arrays, numberAt } from "./rows.ts";
import { serveCalls } from "./worker/serve_calls.ts";

/** Pages from which on a checkpoint is worth its two syncs: 4 MiB, which is also SQLite's own choice. */
const PAGES_MIN = 1000;

let database: DatabaseSync | undefined;

const calls: CheckpointCalls = {
  open(path) {
    database?.close();
    database = new DatabaseSync(path);
    database.exec("PRAGMA wal_autocheckpoint = 0");
  },
  checkpoint() {
    const pending = run("NOOP");
    return pending < PAGES_MIN ? pending : run("PASSIVE");
  },
  close() {
    database?.close();
    database = undefined;
  },
};

serveCalls(calls);

/** Pages of the log that are still to be written back afterwards. */
function run(mode: "NOOP" | "PASSIVE"): number {
  if (database === undefined) return 0;
  const row = arrays(database, `PRAGMA wal_checkpoint(${mode})`).get() ?? [];
  return numberAt(row, 1) - numberAt(row, 2);
}
