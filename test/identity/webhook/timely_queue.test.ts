import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { TimelyQueue } from "../../../src/identity/webhook/timely_queue.ts";

/** A queue of one place and one that waits, on a clock that the test moves. */
function world() {
  const clock = { now: 0 };
  const queue = new TimelyQueue({ runningMax: 1, waitingMax: 1 }, () => clock.now);
  const first = Promise.withResolvers<string>();
  return { clock, queue, first };
}

describe("TimelyQueue", () => {
  it("sends whoever comes when all places to wait are taken away at once", async () => {
    const { queue, first } = world();
    const running = queue.run(() => first.promise, 10);
    const waiting = queue.run(() => Promise.resolve("waited"), 10);
    assert.equal(await queue.run(() => Promise.resolve("too many"), 10), undefined);
    first.resolve("first");
    assert.deepEqual(await Promise.all([running, waiting]), ["first", "waited"]);
    assert.equal(await queue.run(() => Promise.resolve("again"), 10), "again");
  });

  it("lets whoever is gone leave, and does nothing for whoever was gone before", async () => {
    const { queue, first } = world();
    const leaving = new AbortController();
    const running = queue.run(() => first.promise, 10);
    const gone = queue.run(() => assert.fail("the work was done"), 10, { gone: leaving.signal });
    leaving.abort();
    assert.equal(await gone, undefined);
    assert.deepEqual(queue.load, { running: 1, waiting: 0 });
    assert.equal(
      await queue.run(() => assert.fail("the work was done"), 10, { gone: leaving.signal }),
      undefined,
    );
    const waiting = queue.run(() => Promise.resolve("waited"), 10, { gone: new AbortController().signal });
    first.resolve("first");
    assert.deepEqual(await Promise.all([running, waiting]), ["first", "waited"]);
    assert.deepEqual(queue.load, { running: 0, waiting: 0 });
  });

  it("does nothing for whoever's turn comes too late", async () => {
    const { clock, queue, first } = world();
    const running = queue.run(() => first.promise, 10);
    const waiting = queue.run(() => assert.fail("the work was done"), 10);
    clock.now = 10;
    first.resolve("first");
    assert.deepEqual(await Promise.all([running, waiting]), ["first", undefined]);
  });
});
