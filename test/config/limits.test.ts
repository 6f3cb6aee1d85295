import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { ConfigFaults } from "../../src/config/fault.ts";
import { limitNumbers, type Limits, numberLimits } from "../../src/config/limits.ts";
import { loadConfig } from "../../src/config/load.ts";

const engineLimits = new URL("../../core-rs/engine/src/limits.rs", import.meta.url);

/** What the engine bounds for itself: simulations shrink the first, and the store sets the others. */
const notConfigured = ["packetIdMax", "journal", "journalBacklogBytesMax"];

function defaults(): Limits {
  const loaded = loadConfig({ env: {}, flags: [] });
  assert.ok(!(loaded instanceof ConfigFaults));
  return loaded.limits;
}

/** The `key = default` pairs of the engine's table; a default is a product of numbers and MIB. */
async function engineDefaults(): Promise<Map<string, number>> {
  const source = await Deno.readTextFile(engineLimits);
  const entries = source.matchAll(/\/ "(\w+)" = ([\w *]+);/g);
  return new Map([...entries].map(([, key = "", product = ""]) => [key, valueOf(product)]));
}

function valueOf(product: string): number {
  const factors = product.split("*").map((factor) => factor.trim());
  return factors.map((factor) => factor === "MIB" ? 2 ** 20 : Number(factor.replaceAll("_", ""))).reduce((
    a,
    b,
  ) => a * b);
}

describe("limitNumbers()", () => {
  it("names the limits of the engine, with the engine's own defaults", async () => {
    const engine = await engineDefaults();
    for (const key of notConfigured) engine.delete(key);
    assert.deepEqual(
      limitNumbers(defaults()).toSorted(),
      [...engine].toSorted(),
    );
  });

  it("turns switches into 0 and 1 and policies into their number", () => {
    const limits: Limits = { ...defaults(), retainAvailable: false, queuePolicy: "end-session" };
    const numbers = new Map(limitNumbers(limits));
    assert.equal(numbers.get("retainAvailable"), 0);
    assert.equal(numbers.get("sharedAvailable"), 1);
    assert.equal(numbers.get("queuePolicy"), 2);
  });
});

describe("numberLimits", () => {
  it("has every default within its bounds", () => {
    for (const [key, { default: preset, min, max }] of Object.entries(numberLimits)) {
      assert.ok(min <= preset && preset <= max, key);
    }
  });
});
