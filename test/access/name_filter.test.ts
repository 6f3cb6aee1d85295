import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { parseNameFilter } from "../../src/access/name_filter.ts";

function found(filter: string): string[] {
  const accepts = parseNameFilter(filter);
  assert.ok(typeof accepts === "function", `${filter}: ${JSON.stringify(accepts)}`);
  return ["sensor-1", "Sensor-2", "app"].filter(accepts);
}

describe("parseNameFilter()", () => {
  it("takes what Azure's API takes", () => {
    assert.deepEqual(found("name eq 'SENSOR-1'"), ["sensor-1"]);
    assert.deepEqual(found("name ne 'app'"), ["sensor-1", "Sensor-2"]);
    assert.deepEqual(found("contains(namE, 'SENSOR') and name ne 'sensor-1'"), ["Sensor-2"]);
    assert.deepEqual(found("not contains(name,'-')"), ["app"]);
    assert.deepEqual(found("name eq 'app' or name eq 'sensor-1' and name eq 'x'"), ["app"]);
    assert.deepEqual(found(" ( name eq 'app' OR name eq 'sensor-1' ) AND not ( name eq 'app' ) "), [
      "sensor-1",
    ]);
    assert.deepEqual(found("not not name eq 'app'"), ["app"]);
    assert.deepEqual(found("name eq 'it''s' or contains ( name , '' )"), ["sensor-1", "Sensor-2", "app"]);
  });

  const faults: readonly [filter: string, position: number, expected: RegExp][] = [
    ["", 0, /contains\(name/],
    ["name", 4, /eq or ne/],
    ["name eq app", 8, /single quotes/],
    ["name eq 'app", 8, /single quotes/],
    ["name lt 'app'", 5, /eq or ne/],
    ["type eq 'app'", 0, /^name/],
    ["name eq 'app' name", 14, /end of the filter/],
    ["(name eq 'app'", 14, /closing \)/],
    ["contains(type, 'a')", 9, /^name/],
    ["contains(name, 'a'", 18, /closing \)/],
    ["name eq 'app' and", 17, /^name/],
    [`${"(".repeat(1000)}`, 33, /at most 32 levels/],
    [`${"not ".repeat(200)}`, 132, /at most 32 levels/],
    [`name eq '${"a".repeat(2000)}'`, 0, /at most 1024 characters/],
  ];
  for (const [filter, position, expected] of faults) {
    it(`refuses ${JSON.stringify(filter.slice(0, 30))} at character ${position + 1}`, () => {
      const read = parseNameFilter(filter);
      assert.ok(typeof read !== "function");
      assert.equal(read.position, position);
      assert.match(read.expected, expected);
    });
  }

  it("never throws, whatever the text", () => {
    const piece = fc.constantFrom(
      "name",
      "eq",
      "ne",
      "'a'",
      "(",
      ")",
      "not",
      "and",
      "or",
      "contains(",
      ",",
      "'",
    );
    const text = fc.oneof(fc.string(), fc.array(piece).map((pieces) => pieces.join(" ")));
    fc.assert(fc.property(text, (filter) => {
      const read = parseNameFilter(filter);
      if (typeof read === "function") read("a");
      else assert.ok(read.position <= filter.length);
    }));
  });
});
