import assert from "node:assert/strict";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { Background } from "../../src/broker/background.ts";

describe("Background", () => {
  let clock: number;
  let turns: (() => void)[];
  let background: Background;
  let taken: string[];

  beforeEach(() => {
    clock = 0;
    turns = [];
    taken = [];
    background = new Background({ inTurn: (call) => void turns.push(call), now: () => clock });
  });

  /** Steps, and how long each of them takes in milliseconds. */
  function* steps(name: string, count: number, takes = 0.5): Generator<void> {
    for (let step = 1; step <= count; step += 1) {
      clock += takes;
      taken.push(`${name}${step}`);
      yield;
    }
  }

  function turn(): void {
    const [next] = turns.splice(0, 1);
    next?.();
  }

  it("does what is little at once", async () => {
    await background.run(steps("a", 1));
    assert.deepEqual([taken, turns], [["a1"], []]);
  });

  it("lets others have their turn after each millisecond", async () => {
    const done = background.run(steps("a", 5));
    assert.deepEqual(taken, ["a1", "a2"]);
    turn();
    assert.equal(taken.length, 4);
    turn();
    await done;
    assert.deepEqual([taken.length, turns], [5, []]);
  });

  it("lets others have their turn after 32 steps, however short", async () => {
    const done = background.run(steps("a", 40, 0));
    assert.equal(taken.length, 32);
    turn();
    await done;
    assert.equal(taken.length, 40);
  });

  it("begins something else at once, and goes on with one after the other", async () => {
    const all = [background.run(steps("a", 5)), background.run(steps("b", 3))];
    assert.deepEqual(taken, ["a1", "a2", "b1", "b2"]);
    turn();
    assert.deepEqual(taken.slice(4), ["a3", "a4"]);
    turn();
    assert.deepEqual(taken.slice(6), ["b3"]);
    turn();
    await Promise.all(all);
    assert.deepEqual([taken.slice(7), turns], [["a5"], []]);
  });

  it("leaves what is not done when it stops, and keeps nobody waiting for it", async () => {
    const done = background.run(steps("a", 5));
    background.stop();
    await done;
    turn();
    assert.deepEqual([taken.length, turns], [2, []]);
  });
});
