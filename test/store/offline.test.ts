/** Backup, restore and check. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { dataPaths } from "../../src/store/sqlite/data_directory.ts";
import { backup } from "../../src/store/sqlite/offline/backup.ts";
import { check } from "../../src/store/sqlite/offline/check.ts";
import { restore } from "../../src/store/sqlite/offline/restore.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite_store.ts";
import { StoreLocked, StoreUnusable } from "../../src/store/store_error.ts";
import { DrivenStore } from "./driven_store.ts";
import type { Operation } from "./journal_frames.ts";
import { enqueued, retain, session, stored } from "./operations.ts";

describe("backup(), restore() and check()", () => {
  let folder: string;
  let directory: string;
  let file: string;
  let driven: DrivenStore;

  beforeEach(async () => {
    folder = await Deno.makeTempDir({ prefix: "heliograph-store-" });
    directory = join(folder, "data");
    file = join(folder, "backup.db");
    driven = new DrivenStore(() => SqliteStore.open({ directory, durability: "strict" }));
    await driven.start();
    await driven.commit(session(1), stored(10), enqueued(1, 20, 10), retain(10));
  });

  afterEach(async () => {
    await driven.stop();
    await Deno.remove(folder, { recursive: true });
  });

  function change(sql: string): void {
    const opened = new DatabaseSync(dataPaths(directory).database);
    opened.exec(sql);
    opened.close();
  }

  function sessionsOf(operations: readonly Operation[]): number[] {
    return operations.flatMap((operation) => operation.op === "sessionOpened" ? operation.session : []);
  }

  it("backup() copies one state beside commits that go on", async () => {
    const copied = backup(directory, file);
    for (let number = 2; number < 50; number++) await driven.commit(session(number));
    await copied;
    assert.equal(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
    await driven.stop();
    const { report, replaced } = await restore(directory, file);
    assert.deepEqual(report.faults, []);
    assert.equal(replaced, `${dataPaths(directory).database}.replaced`);
    const { operations, recovered } = await driven.start();
    assert.equal(sessionsOf(operations).length, recovered.sequence);
    assert.ok(recovered.sequence >= 1 && recovered.sequence < 50);
    assert.equal(await driven.commit(session(99)), recovered.sequence + 1);
  });

  it("restore() into an empty place makes the same store", async () => {
    await backup(directory, file);
    await driven.stop();
    const before = (await driven.start()).operations;
    await driven.stop();
    directory = join(folder, "elsewhere");
    assert.equal((await restore(directory, file)).replaced, undefined);
    const after = (await driven.start()).operations;
    assert.deepEqual(after, before);
  });

  it("restore() keeps what was there, log and all", async () => {
    await backup(directory, file);
    await driven.commit(session(2));
    await driven.stop();
    const { replaced = "" } = await restore(directory, file);
    assert.deepEqual(sessionsOf((await driven.start()).operations), [1]);
    await driven.stop();
    await Deno.rename(replaced, dataPaths(directory).database);
    assert.deepEqual(sessionsOf((await driven.start()).operations), [1, 2]);
  });

  it("backup() overwrites nothing, and needs a store", async () => {
    await Deno.writeTextFile(file, "precious");
    await assert.rejects(backup(directory, file), /there already/);
    assert.equal(await Deno.readTextFile(file), "precious");
    await assert.rejects(backup(join(folder, "nowhere"), join(folder, "b")), StoreUnusable);
    await assert.rejects(backup(directory, join(folder, "no", "folder")), StoreUnusable);
  });

  it("restore() and check() refuse while the directory is taken", async () => {
    await backup(directory, file);
    await assert.rejects(restore(directory, file), StoreLocked);
    await assert.rejects(check(directory), StoreLocked);
  });

  it("restore() refuses what is no backup, and changes nothing", async () => {
    await driven.stop();
    await Deno.writeTextFile(file, "nothing of the kind ".repeat(500));
    await assert.rejects(restore(directory, file), StoreUnusable);
    await assert.rejects(restore(directory, join(folder, "missing")), StoreUnusable);
    assert.deepEqual(sessionsOf((await driven.start()).operations), [1]);
  });

  it("restore() refuses a backup that is damaged", async () => {
    await driven.stop();
    change("UPDATE body SET contents = x'00'");
    await backup(directory, file);
    await assert.rejects(restore(join(folder, "other"), file), /Message 10 does not have the checksum/);
  });

  it("check() counts, and finds nothing wrong with a store that is right", async () => {
    await driven.stop();
    assert.deepEqual(await check(directory), {
      sessions: 1,
      subscriptions: 0,
      messages: 1,
      entries: 1,
      retained: 1,
      leftover: 0,
      faults: [],
    });
  });

  it("check() needs a store, and creates none", async () => {
    await assert.rejects(check(join(folder, "nowhere")), StoreUnusable);
    await assert.rejects(Deno.stat(join(folder, "nowhere")), Deno.errors.NotFound);
  });

  const damages: readonly (readonly [string, RegExp])[] = [
    ["UPDATE body SET contents = x'00'", /Message 10 does not have the checksum/],
    ["UPDATE body SET topic = x'00'", /Message 10 is retained on a topic that is not its own/],
    ["DELETE FROM body", /Entry 20 has no message/],
    ["DELETE FROM entry; DELETE FROM retained", /Message 10 is referred to by nothing/],
    ["UPDATE store SET last_number = 5", /The number 20 is above the highest/],
    ["DELETE FROM store", /The state of the journal has 0 rows/],
    ["INSERT INTO subscription VALUES (9, x'61', 0, 0)", /Session 9 is not there/],
    ["UPDATE entry SET received = 1", /Entry 20 contradicts itself/],
    ["UPDATE retained SET body = 11", /The retained message 11 is not there/],
    [
      "UPDATE entry SET packet_id = 1, sent_order = 1; INSERT INTO entry VALUES (21, 1, 10, 1, x'', 0, 1, 2, 0); " +
      "UPDATE store SET last_number = 99",
      /Entry 21 has the packet identifier of another one/,
    ],
  ];

  for (const [sql, fault] of damages) {
    it(`check() finds: ${sql}`, async () => {
      await driven.stop();
      change(sql);
      const { faults } = await check(directory);
      assert.match(faults.join("\n"), fault);
    });
  }

  it("check() finds a page that is wrong", async () => {
    for (let n = 0; n < 20; n++) {
      await driven.commit(stored(100 + n, { payload: new Uint8Array(9000) }), enqueued(1, 200 + n, 100 + n));
    }
    await driven.stop();
    const path = dataPaths(directory).database;
    const bytes = await Deno.readFile(path);
    bytes.fill(0xff, 4096 * 12, 4096 * 14);
    await Deno.writeFile(path, bytes);
    const outcome = await check(directory).then(({ faults }) => faults.join("\n"), (error) => String(error));
    assert.match(outcome, /damaged|malformed/);
  });
});
