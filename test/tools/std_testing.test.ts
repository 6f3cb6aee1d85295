import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, it } from "@std/testing/bdd";

const scenario = fileURLToPath(import.meta.resolve("./std_testing.scenario.ts"));

describe("the stand-in for @std/testing", () => {
  let report = "";

  beforeAll(async () => {
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-check", scenario],
      env: { NO_COLOR: "1" },
    }).output();
    assert.equal(code, 1);
    report = new TextDecoder().decode(stdout);
  });

  it("runs hooks around tests, outermost first", () => {
    assert.match(report, /order: beforeAll outer first done outer inner second done$/m);
  });

  it("fails a suite whose test rejects, and goes on with the next test", () => {
    assert.match(
      report,
      /^a test throws \.\.\.\n {2}rejected \.\.\. FAILED.*\n {2}the next one still runs \.\.\. ok/m,
    );
  });

  it("fails the test after which afterEach throws", () => {
    assert.match(report, /^ {2}blamed \.\.\. FAILED/m);
  });

  it("fails a suite whose beforeAll throws, runs none of its tests, and cleans up", () => {
    assert.match(report, /^beforeAll throws \.\.\. FAILED/m);
    assert.match(report, /^afterAll ran$/m);
    assert.doesNotMatch(report, /ran all the same/);
  });

  it("tells every cause when a test and its hook throw", () => {
    assert.match(report, /the first cause/);
    assert.match(report, /the second cause/);
  });
});
