import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { OptionsRefused, ownPeers, parseOptions } from "../options.ts";
import { usualScenarios } from "../scenarios.ts";

describe("parseOptions()", () => {
  it("runs all of it five times by default, which may replace the results", () => {
    const options = parseOptions([]);
    assert.deepEqual(options.scenarios, usualScenarios.map(({ name }) => name));
    assert.deepEqual(options.only, ownPeers);
    assert.equal(options.rounds, 5);
    assert.equal(options.whole, true);
  });

  it("runs what takes long only if it is named, for as many minutes as one likes", () => {
    assert.ok(!parseOptions([]).scenarios.includes("soak"));
    const { scenarios, soakSeconds, whole } = parseOptions(["--scenario=soak", "--minutes=2"]);
    assert.deepEqual([scenarios, soakSeconds, whole], [["soak"], 120, false]);
  });

  it("does not take a part for the whole", () => {
    for (const part of ["--quick", "--rounds=3", "--scenario=fan-in", "--only=mosquitto"]) {
      assert.equal(parseOptions([part]).whole, false, part);
    }
  });

  it("reads other brokers, with or without a process", () => {
    const { external } = parseOptions(["--peer", "flashmq=127.0.0.1:1999@42", "--peer", "far=10.0.0.1:1883"]);
    assert.deepEqual(external, [
      { name: "flashmq", mqtt: "127.0.0.1:1999", pid: 42 },
      { name: "far", mqtt: "10.0.0.1:1883", pid: undefined },
    ]);
  });

  it("says what is wrong", () => {
    const wrong: readonly [string, RegExp][] = [
      ["--scenario=fan", /Unknown scenario fan/],
      ["--only=emqx", /Unknown peer emqx/],
      ["--peer=1883", /NAME=ADDRESS:PORT/],
      ["--rounds=0", /./],
    ];
    for (const [argument, message] of wrong) {
      assert.throws(
        () => parseOptions([argument]),
        (error) => error instanceof OptionsRefused && error.exitCode === 64 && message.test(error.message),
        argument,
      );
    }
  });
});
