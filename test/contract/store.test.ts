/** The contract of `src/store/store.ts`, over every adapter. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { JournalFault } from "../../src/store/store_error.ts";
import { DrivenStore } from "../store/driven_store.ts";
import { frames } from "../store/journal_frames.ts";
import { session } from "../store/operations.ts";
import { storeAdapters } from "./store_adapter.ts";
import { keeping } from "./store_keeping.ts";
import { refusing } from "./store_refusing.ts";

for (const adapter of storeAdapters) {
  describe(`Store, ${adapter.name}`, () => {
    let folder: string;
    let driven: DrivenStore;

    beforeEach(async () => {
      folder = await Deno.makeTempDir({ prefix: "heliograph-store-" });
      driven = new DrivenStore(() => adapter.open(folder));
      await driven.start();
    });

    afterEach(async () => {
      await driven.stop();
      await Deno.remove(folder, { recursive: true });
    });

    it("recover() gives nothing at first", async () => {
      const { operations, recovered } = await driven.start();
      assert.deepEqual(operations, []);
      assert.equal(recovered.sequence, 0);
      assert.equal(recovered.lastNumber, 0);
    });

    it("commit() answers with its sequence, in order", async () => {
      const answers: number[] = [];
      const batches = [session(1), session(2), session(3)].map(async (operation) => {
        answers.push(await driven.commit(operation));
      });
      await Promise.all(batches);
      assert.deepEqual(answers, [1, 2, 3]);
    });

    it("commit() refuses a batch that is not the next one, and goes on", async () => {
      const { store } = driven;
      for (const sequence of [0, 2]) {
        await assert.rejects(store.commit(frames(session(1)), sequence), JournalFault);
      }
      assert.equal(await driven.commit(session(1)), 1);
      await assert.rejects(store.commit(frames(session(2)), 1), JournalFault);
      assert.equal(await driven.commit(session(3)), 2);
    });

    it("load() says of a message that is not there that it is not", async () => {
      assert.deepEqual(await driven.store.load([4, 5]), [undefined, undefined]);
      assert.deepEqual(await driven.store.load([]), []);
    });

    it("is not degraded while all is well", async () => {
      await driven.commit(session(1));
      assert.equal(driven.store.degraded, undefined);
    });

    it("lists nothing at first", async () => {
      const { store } = driven;
      assert.deepEqual(await store.sessions(), { items: [] });
      assert.deepEqual(await store.retained(), { items: [] });
      assert.deepEqual(await store.queue(1), { items: [] });
    });

    it("close() waits for what was handed over, and may be called twice", async () => {
      const committed = driven.commit(session(1));
      await Promise.all([driven.store.close(), driven.store.close()]);
      assert.equal(await committed, 1);
    });

    if (adapter.keeps) {
      keeping(() => driven);
      refusing(() => driven);
    }
  });
}
