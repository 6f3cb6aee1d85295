import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { Pace } from "../../src/broker/pace.ts";
import { Turn } from "../../src/broker/turn.ts";

/** What the turns of a test had the core do. */
class Calls {
  readonly flushes: number[] = [];

  flush(now: number): void {
    this.flushes.push(now);
  }

  resume(): void {}

  tick(): void {}
}

function turning(): { turn: Turn; calls: Calls } {
  const calls = new Calls();
  return { turn: new Turn(new Pace(() => Promise.resolve()), calls), calls };
}

/** Returns once the clock shows another millisecond. */
function clockMoves(): void {
  const begun = Math.floor(performance.timeOrigin + performance.now());
  while (Math.floor(performance.timeOrigin + performance.now()) === begun);
}

describe("Turn", () => {
  it("gives every input of a turn, and its flush, one time", async () => {
    const { turn, calls } = turning();
    const first = turn.begin();
    turn.end();
    clockMoves();
    assert.equal(turn.begin(), first);
    assert.equal(turn.now(), first);
    turn.end();
    await Promise.resolve();
    assert.deepEqual(calls.flushes, [first]);
  });

  it("lets the clock move between turns", async () => {
    const { turn } = turning();
    const first = turn.begin();
    turn.end();
    await Promise.resolve();
    clockMoves();
    const between = turn.now();
    assert.ok(between > first);
    clockMoves();
    assert.ok(turn.now() > between);
    assert.ok(turn.begin() > between);
  });
});
