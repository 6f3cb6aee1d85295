import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { HeldBytes } from "../../src/transport/websocket/held_bytes.ts";

describe("HeldBytes", () => {
  it("gives back what it was given, whatever the sizes", () => {
    const held = new HeldBytes();
    const given: number[] = [];
    const taken: number[] = [];
    for (let round = 1; round < 200; round++) {
      const data = Uint8Array.from({ length: (round * 37) % 61 }, (_, index) => round + index);
      held.append(data);
      given.push(...data);
      const into = new Uint8Array((round * 29) % 53);
      taken.push(...into.subarray(0, held.take(into)));
    }
    const rest = new Uint8Array(held.length);
    assert.equal(held.take(rest), rest.length);
    assert.deepEqual([...taken, ...rest], given);
  });

  it("keeps no reference to what it was given", () => {
    const held = new HeldBytes();
    const data = Uint8Array.of(1, 2);
    held.append(data);
    data.fill(9);
    const into = new Uint8Array(2);
    held.take(into);
    assert.deepEqual(into, Uint8Array.of(1, 2));
  });

  it("is empty after clear()", () => {
    const held = new HeldBytes();
    held.append(Uint8Array.of(1));
    held.clear();
    assert.equal(held.length, 0);
    assert.equal(held.take(new Uint8Array(1)), 0);
  });
});
