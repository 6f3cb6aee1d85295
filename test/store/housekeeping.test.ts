/** What the worker does of itself, seen from outside. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "@std/testing/bdd";
import { dataPaths } from "../../src/store/sqlite/data_directory.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite_store.ts";
import { DrivenStore } from "./driven_store.ts";
import { withFolder } from "./folder.ts";
import type { Operation } from "./journal_frames.ts";
import { acknowledged, ended, enqueued, session, stored } from "./operations.ts";

const PAYLOAD = new Uint8Array(50_000).fill(1);
const NUMBERS = Array.from({ length: 400 }, (_, index) => 10 + index);

async function withStore(action: (driven: DrivenStore, database: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const directory = join(folder, "data");
    const driven = new DrivenStore(() =>
      SqliteStore.open({ directory, durability: "relaxed", logBytes: 1_000_000 })
    );
    await driven.start();
    try {
      await action(driven, dataPaths(directory).database);
    } finally {
      await driven.stop();
    }
  });
}

/** 20 MB for session 1. */
function filled(): Operation[] {
  return NUMBERS.flatMap((n) => [stored(n, { payload: PAYLOAD }), enqueued(1, 1000 + n, n)]);
}

/** Resolves once a file is smaller than `bytes`. */
async function shorter(path: string, bytes: number): Promise<void> {
  const watcher = Deno.watchFs(path);
  if ((await Deno.stat(path)).size < bytes) return watcher.close();
  for await (const _ of watcher) {
    if ((await Deno.stat(path)).size < bytes) return;
  }
}

describe("Housekeeping", () => {
  it("gives the space of a queue that has drained back, without another commit", async () => {
    await withStore(async (driven, database) => {
      await driven.commit(session(1), ...filled());
      await driven.commit(...NUMBERS.map((n) => acknowledged(1, 1000 + n)));
      await shorter(database, 6_000_000);
    });
  });

  it("removes what an ended session leaves, also one that ended before a restart", async () => {
    await withStore(async (driven, database) => {
      await driven.commit(session(1), ...filled());
      await driven.commit(ended(1));
      await driven.start();
      await shorter(database, 6_000_000);
      assert.deepEqual(await driven.store.load(NUMBERS), NUMBERS.map(() => undefined));
    });
  });

  it("keeps a liveness mark that no commit took along when it is closed", async () => {
    await withStore(async (driven) => {
      driven.store.alive(1_790_000_000_001);
      const { recovered } = await driven.start();
      assert.equal(recovered.aliveAt, 1_790_000_000_001);
    });
  });
});
