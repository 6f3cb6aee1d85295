import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { median } from "../median.ts";

describe("median()", () => {
  it("is the middle in order of size, or the mean of two middles", () => {
    assert.equal(median([10, 9, 100]), 10);
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.equal(median([7]), 7);
  });

  it("of nothing is nothing", () => {
    assert.equal(median([]), undefined);
  });
});
