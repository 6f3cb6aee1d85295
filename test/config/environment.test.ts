import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { readEnvironment, variableOf } from "../../src/config/environment.ts";
import { keys } from "../../src/config/key_tree.ts";

describe("variableOf()", () => {
  it("joins mappings with two underscores and words with one", () => {
    assert.equal(variableOf("limits.packetBytesMax"), "HELIOGRAPH_LIMITS__PACKET_BYTES_MAX");
    assert.equal(variableOf("data"), "HELIOGRAPH_DATA");
  });

  it("gives every key a variable of its own", () => {
    assert.equal(new Set(keys.map(({ name }) => variableOf(name))).size, keys.length);
  });
});

describe("readEnvironment()", () => {
  it("ignores what is not ours, and refuses what only looks like it", () => {
    const { overrides, faults } = readEnvironment({
      PATH: "/bin",
      HELIOGRAPH_DATA: "d",
      HELIOGRAPH_QOS: "1",
    });
    assert.deepEqual(overrides, [{ key: "data", source: "HELIOGRAPH_DATA", value: "d" }]);
    assert.deepEqual(faults, [{
      code: "unknown-key",
      path: "HELIOGRAPH_QOS",
      source: "environment",
      value: "1",
      expected: "a variable that docs/CONFIGURATION.md names",
    }]);
  });
});
