import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { required } from "./coverage.ts";
import { namedSeeds } from "./seeds.ts";
import { type Bug, type Report, Simulator } from "./simulator.ts";

/** Worlds in one run of the tests; `deno task sim` runs as many as are asked for. */
const seedsMax = 2500n;
const steps = 3000;
/** Worlds within which a planted bug must have been noticed. */
const bugSeedsMax = 600n;

const simulator = await Simulator.load();

describe("the simulation", () => {
  const coverage = new Map<string, number>();

  it(`keeps every promise in ${seedsMax} worlds`, () => {
    const broken: string[] = [];
    for (let seed = 0n; seed < seedsMax; seed++) {
      const report = simulator.run(seed, steps);
      for (const [name, count] of Object.entries(report.coverage)) {
        coverage.set(name, (coverage.get(name) ?? 0) + count);
      }
      if (report.violation !== null) broken.push(inWords(report));
    }
    assert.deepEqual(broken, []);
  });

  it("has shown everything that it can show", () => {
    const missing = required.filter((name) => (coverage.get(name) ?? 0) === 0);
    assert.deepEqual(missing, []);
  });

  it("is the same world for the same seed", () => {
    assert.deepEqual(simulator.run(17n, steps), simulator.run(17n, steps));
  });

  for (const { seed, steps, fault } of namedSeeds) {
    it(`seed ${seed}: ${fault}`, () => {
      assert.equal(simulator.run(seed, steps).violation, null);
    });
  }
});

/** What a planted bug does, and how the oracle says so. */
const planted: readonly { readonly bug: Bug; readonly does: string; readonly says: RegExp }[] = [
  { bug: "lose", does: "loses an acknowledged message", says: /has not got/ },
  { bug: "duplicate", does: "sends a QoS 2 message twice", says: /comes 2 times at QoS 2/ },
  { bug: "reorder", does: "sends a message behind the next one", says: /comes after message/ },
  { bug: "lie", does: "lets a promise go before it is durable", says: /before what it promises is durable/ },
  { bug: "spare", does: "checks nobody offline when rights change", says: /which it may not have/ },
];

describe("the oracle", () => {
  for (const { bug, does, says } of planted) {
    it(`notices an engine that ${does}`, () => {
      const report = firstBroken(bug);
      assert.match(report?.violation?.what ?? "nothing", says);
    });
  }
});

function firstBroken(bug: Bug): Report | undefined {
  for (let seed = 0n; seed < bugSeedsMax; seed++) {
    const report = simulator.run(seed, steps, bug);
    if (report.violation !== null) return report;
  }
  return undefined;
}

function inWords({ seed, violation }: Report): string {
  return `seed ${seed}, step ${violation?.step}, ${violation?.now} ms: ${violation?.what}`;
}
