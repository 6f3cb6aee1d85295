/** What a store of an older schema becomes when it is opened. */
import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { DatabaseSync } from "node:sqlite";
import { dataPaths } from "../../src/store/sqlite/data_directory.ts";
import { schemaVersion } from "../../src/store/sqlite/schema/schema.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite_store.ts";
import { makeFirstVersion } from "./first_version.ts";
import { withFolder } from "./folder.ts";
import { frames, type Operation, operationsOf } from "./journal_frames.ts";
import { detached, session, subscribed } from "./operations.ts";

const WRITTEN_BY_THE_FIRST = `
  INSERT INTO session VALUES (70, CAST('old' AS BLOB), 3600, 1790000000000);
  INSERT INTO subscription VALUES (70, CAST('a/#' AS BLOB), 1, 0);
  UPDATE store SET sequence = 1, last_number = 70;
`;

describe("SqliteStore.open() on a store of the first version", () => {
  it("gives its sessions to no one in particular, and keeps what they have", async () => {
    await withFolder(async (folder) => {
      const { database: path } = dataPaths(folder);
      makeFirstVersion(path);
      change(path, WRITTEN_BY_THE_FIRST);
      const old = session(70, { clientId: "old", owner: "", principal: "" });
      assert.deepEqual(await kept(folder), [old, detached(70, 1_790_000_000_000), subscribed(70, "a/#", 1)]);
      assert.equal(versionOf(path), schemaVersion);
    });
  });

  it("takes the owner of a session that is opened again", async () => {
    await withFolder(async (folder) => {
      const { database: path } = dataPaths(folder);
      makeFirstVersion(path);
      change(path, WRITTEN_BY_THE_FIRST);
      const again = session(70, { clientId: "old", owner: "clients/a", principal: '{"name":"a"}' });
      await commit(folder, 2, again, detached(70, 5));
      assert.deepEqual((await kept(folder)).slice(0, 2), [again, detached(70, 5)]);
    });
  });
});

async function kept(folder: string): Promise<Operation[]> {
  const store = await SqliteStore.open({ directory: folder, durability: "strict" });
  const operations: Operation[] = [];
  await store.recover((chunk) => operations.push(...operationsOf(chunk)));
  await store.close();
  return operations;
}

async function commit(folder: string, sequence: number, ...operations: readonly Operation[]): Promise<void> {
  const store = await SqliteStore.open({ directory: folder, durability: "strict" });
  await store.recover(() => {});
  await store.commit(frames(...operations), sequence);
  await store.close();
}

function change(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

function versionOf(path: string): unknown {
  const database = new DatabaseSync(path);
  try {
    return database.prepare("PRAGMA user_version").get()?.["user_version"];
  } finally {
    database.close();
  }
}
