import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { textKey } from "../../src/config/text_key.ts";

describe("textKey()", () => {
  const long = "a".repeat(65_535);

  it("leaves a text alone that is hashed well", () => {
    assert.equal(textKey("client"), "client");
    assert.equal(textKey("a".repeat(1024)), "a".repeat(1024));
  });

  it("gives long texts short keys that differ where the texts do, and are no other text's own", () => {
    const keys = [long, `${long.slice(1)}b`, `b${long.slice(1)}`, long.slice(1)].map(textKey);
    assert.equal(new Set(keys).size, 4);
    assert.ok(keys.every((key) => key.length < 64 && key.startsWith("\0")));
    assert.equal(textKey(long), textKey("a".repeat(65_535)));
  });
});
