import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { figureAt, objection } from "../report.ts";

const faults = { count: 0, examples: [] };

describe("objection()", () => {
  it("has none when everything expected was received", () => {
    assert.equal(objection({ received: 10, expected: 10, faults }), undefined);
    assert.equal(objection({ bytesPerConnection: 1, faults }), undefined);
  });

  it("objects to a wrong count and to any fault", () => {
    assert.match(objection({ received: 9, expected: 10, faults }) ?? "", /9 of 10/);
    const spoiled = {
      received: 10,
      expected: 10,
      faults: { count: 1, examples: ["a message a second time"] },
    };
    assert.match(objection(spoiled) ?? "", /a second time/);
  });
});

describe("figureAt()", () => {
  it("finds numbers in objects and lists, and nothing else", () => {
    const report = { ping: { maxUs: 3 }, resident: [1, 2], name: "x", none: null };
    assert.equal(figureAt(report, "ping.maxUs"), 3);
    assert.equal(figureAt(report, "resident.1"), 2);
    for (const path of ["name", "none.maxUs", "ping", "other.x"]) {
      assert.equal(figureAt(report, path), undefined);
    }
  });
});
