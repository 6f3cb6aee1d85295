import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { Pace } from "../../src/broker/pace.ts";

/** Polls that end when the test says so. */
class Polls {
  begun = 0;
  #end: (() => void) | undefined;

  readonly poll = (): Promise<void> => {
    this.begun += 1;
    return new Promise((resolve) => this.#end = resolve);
  };

  async end(): Promise<void> {
    this.#end?.();
    await Promise.resolve();
    await Promise.resolve();
  }
}

describe("Pace", () => {
  it("stays open while little is done", () => {
    const polls = new Polls();
    const pace = new Pace(polls.poll);
    for (let input = 0; input < 100; input++) pace.spend(64);
    assert.equal(pace.open, true);
    assert.equal(polls.begun, 0);
  });

  it("closes after two milliseconds of work, by inputs or by bytes", () => {
    for (const [inputs, bytes] of [[200, 0], [8, 64 * 1024]] as const) {
      const polls = new Polls();
      const pace = new Pace(polls.poll);
      for (let input = 0; input < inputs; input++) pace.spend(bytes);
      assert.equal(pace.open, false);
      assert.equal(polls.begun, 1);
    }
  });

  it("begins what was held once sockets were looked at, in order, and is open again", async () => {
    const polls = new Polls();
    const pace = new Pace(polls.poll);
    const begun: number[] = [];
    pace.rest();
    pace.hold(() => begun.push(1));
    pace.hold(() => begun.push(2));
    assert.deepEqual(begun, []);
    await polls.end();
    assert.deepEqual(begun, [1, 2]);
    assert.equal(pace.open, true);
  });

  it("looks once however often it is asked to", async () => {
    const polls = new Polls();
    const pace = new Pace(polls.poll);
    pace.rest();
    pace.rest();
    assert.equal(polls.begun, 1);
    await polls.end();
    pace.rest();
    assert.equal(polls.begun, 2);
  });

  it("goes on where a look fails", async () => {
    const pace = new Pace(() => Promise.reject(new Error("the pair is gone")));
    pace.rest();
    await Promise.resolve();
    await Promise.resolve();
    assert.equal(pace.open, true);
  });
});
