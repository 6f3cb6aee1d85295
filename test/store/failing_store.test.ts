/** The decorator that fails on command, which other tests trust. */
import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { MemoryStore } from "../../src/store/memory/memory_store.ts";
import { StoreDegraded } from "../../src/store/store_error.ts";
import { FailingStore } from "./failing_store.ts";

describe("FailingStore", () => {
  it("holds batches while it fails, says why, and makes them durable in order once it is well", async () => {
    const store = new FailingStore(new MemoryStore());
    const told: (string | undefined)[] = [];
    store.watch((degraded) => told.push(degraded));
    assert.equal(await store.commit(new Uint8Array(), 1), 1);
    store.fail("no space");
    assert.equal(store.degraded, "no space");
    const done: number[] = [];
    const held = [2, 3].map(async (sequence) => done.push(await store.commit(new Uint8Array(), sequence)));
    await store.load([]);
    assert.deepEqual(done, []);
    store.heal();
    await Promise.all(held);
    assert.deepEqual(done, [2, 3]);
    assert.deepEqual(told, ["no space", undefined]);
  });

  it("gives up what it holds when it is closed", async () => {
    const store = new FailingStore(new MemoryStore());
    store.fail("no space");
    const refused = assert.rejects(store.commit(new Uint8Array(), 1), StoreDegraded);
    await store.close();
    await refused;
  });
});
