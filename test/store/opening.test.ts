/** How a data directory is taken, and what is refused. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { dataPaths } from "../../src/store/sqlite/data_directory.ts";
import { schemaVersion } from "../../src/store/sqlite/schema/schema.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite_store.ts";
import { StoreLocked, StoreUnusable } from "../../src/store/store_error.ts";

describe("SqliteStore.open()", () => {
  let folder: string;
  let directory: string;
  let database: string;

  beforeEach(async () => {
    folder = await Deno.makeTempDir({ prefix: "heliograph-store-" });
    directory = join(folder, "deep", "data");
    database = dataPaths(directory).database;
  });

  afterEach(async () => await Deno.remove(folder, { recursive: true }));

  function open(): Promise<SqliteStore> {
    return SqliteStore.open({ directory, durability: "strict" });
  }

  async function make(): Promise<void> {
    await (await open()).close();
  }

  function pragma(name: string): unknown {
    const opened = new DatabaseSync(database);
    try {
      return opened.prepare(`PRAGMA ${name}`).get()?.[name];
    } finally {
      opened.close();
    }
  }

  function change(sql: string): void {
    const opened = new DatabaseSync(database);
    opened.exec(sql);
    opened.close();
  }

  it("creates the directory and its files for nobody else to read", async () => {
    const store = await open();
    const modeOf = async (path: string) => ((await Deno.stat(path)).mode ?? 0) & 0o777;
    assert.equal(await modeOf(directory), 0o700);
    for await (const { name } of Deno.readDir(directory)) {
      assert.equal(await modeOf(join(directory, name)), 0o600, name);
    }
    await store.close();
  });

  it("makes a database whose space can be given back", async () => {
    await make();
    assert.equal(pragma("auto_vacuum"), 2);
    assert.equal(pragma("journal_mode"), "wal");
    assert.equal(pragma("user_version"), schemaVersion);
  });

  it("refuses a directory that is taken, names it, and takes it once it is free", async () => {
    const store = await open();
    await assert.rejects(open(), (error: unknown) => {
      assert.ok(error instanceof StoreLocked);
      assert.equal(error.code, "store-locked");
      assert.equal(error.directory, directory);
      return error.message.includes(directory);
    });
    await store.close();
    await make();
  });

  it("refuses a schema of a newer version, and leaves it as it is", async () => {
    await make();
    change(`PRAGMA user_version = ${schemaVersion + 1}`);
    await assert.rejects(open(), (error: unknown) => {
      assert.ok(error instanceof StoreUnusable);
      assert.equal(error.code, "store-unusable");
      return error.message.includes(`version ${schemaVersion + 1}`);
    });
    assert.equal(pragma("user_version"), schemaVersion + 1);
  });

  it("refuses the database of another program", async () => {
    await Deno.mkdir(directory, { recursive: true });
    change("CREATE TABLE theirs (a)");
    await assert.rejects(open(), /another program/);
    change("DROP TABLE theirs; PRAGMA application_id = 7");
    await assert.rejects(open(), /another program/);
  });

  it("refuses a file that is no database, and a path that is no directory", async () => {
    await Deno.mkdir(directory, { recursive: true });
    await Deno.writeTextFile(database, "something else ".repeat(1000));
    await assert.rejects(open(), StoreUnusable);
    assert.match(await Deno.readTextFile(database), /^something else/);
    await Deno.writeTextFile(join(folder, "file"), "");
    directory = join(folder, "file");
    await assert.rejects(open(), StoreUnusable);
  });

  it("lets go of the directory when it refuses", async () => {
    await Deno.mkdir(directory, { recursive: true });
    await Deno.writeTextFile(database, "something else ".repeat(1000));
    await assert.rejects(open(), StoreUnusable);
    await Deno.remove(database);
    await make();
  });
});
