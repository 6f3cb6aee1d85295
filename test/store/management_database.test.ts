/** What the management API keeps: resources and operator tokens beside the journal, in one file. */

import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { schemaVersion } from "../../src/store/sqlite/schema/schema.ts";
import { ManagementDatabase } from "../../src/store/sqlite/resources/management_database.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite_store.ts";
import type { AuditLog } from "../../src/http/admin/ports.ts";
import type { OperatorTokenStore } from "../../src/http/operator.ts";
import type { ResourceStore } from "../../src/access/resource_store.ts";
import { makeFirstVersion } from "./first_version.ts";
import { withFolder } from "./folder.ts";

const client = { type: "clients", name: "a", etag: "1", json: '{"state":"Enabled"}' };
const token = { id: "t", role: "full", description: "first", hash: "00", createdAt: 5, revokedAt: undefined };

/** Runs `action` beside an open store, as a broker has it. */
async function beside(
  directory: string,
  action: (management: ManagementDatabase) => Promise<void>,
): Promise<void> {
  const store = await SqliteStore.open({ directory, durability: "strict" });
  const management = ManagementDatabase.open(directory);
  try {
    await action(management);
  } finally {
    management.close();
    await store.close();
  }
}

describe("ManagementDatabase", () => {
  it("keeps resources and tokens beyond the process", async () => {
    await withFolder(async (folder) => {
      await beside(folder, async ({ resources, operatorTokens }) => {
        await resources.write([client, { ...client, name: "b" }, { ...client, type: "users" }]);
        await resources.write([{ ...client, etag: "2" }, { type: "clients", name: "b", json: undefined }]);
        await operatorTokens.put(token);
        await operatorTokens.put({ ...token, id: "u", hash: "01", createdAt: 4, revokedAt: 6 });
      });
      await beside(folder, async ({ resources, operatorTokens }) => {
        assert.deepEqual(await resources.load(), [{ ...client, etag: "2" }, { ...client, type: "users" }]);
        assert.deepEqual((await operatorTokens.load()).map(({ id, revokedAt }) => [id, revokedAt]), [
          ["u", 6],
          ["t", undefined],
        ]);
      });
    });
  });

  it("does all changes of one write or none", async () => {
    const management = ManagementDatabase.inMemory();
    const broken = { ...client, name: "b", etag: null as unknown as string };
    await assert.rejects(management.resources.write([client, broken]));
    assert.deepEqual(await management.resources.load(), []);
    await management.resources.write([client]);
    assert.deepEqual(await management.resources.load(), [client]);
    management.close();
  });

  it("tells names apart byte by byte", async () => {
    const management = ManagementDatabase.inMemory();
    const rows = ["A", "a", "é", "e\u0301"].map((name) => ({ ...client, name }));
    await management.resources.write(rows);
    assert.equal((await management.resources.load()).length, 4);
    management.close();
  });

  it("writes while the journal commits", async () => {
    await withFolder(async (folder) => {
      const store = await SqliteStore.open({ directory: folder, durability: "strict" });
      await store.recover(() => {});
      const management = ManagementDatabase.open(folder);
      for (let round = 0; round < 20; round++) {
        store.alive(round + 1);
        await management.resources.write([{ ...client, etag: String(round) }]);
      }
      assert.equal((await management.resources.load())[0]?.etag, "19");
      management.close();
      await store.close();
    });
  });

  it("brings a store of the first version up to date, and keeps what is in it", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "heliograph.db");
      makeFirstVersion(path);
      await beside(folder, async ({ resources }) => {
        assert.deepEqual(await resources.load(), []);
        await resources.write([client]);
      });
      const database = new DatabaseSync(path);
      assert.equal(database.prepare("PRAGMA user_version").get()?.["user_version"], schemaVersion);
      assert.equal(database.prepare("SELECT sequence FROM store").get()?.["sequence"], 0);
      database.close();
    });
  });

  it("is what the ports of the other rooms ask for", () => {
    const management = ManagementDatabase.inMemory();
    const { resources, operatorTokens, audit } = management;
    const ports: [ResourceStore, OperatorTokenStore, AuditLog] = [resources, operatorTokens, audit];
    assert.equal(ports.length, 3);
    management.close();
  });
});
