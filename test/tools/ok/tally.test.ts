import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { cargoTally, denoTally, noTests, sum, type Tally } from "../../../tools/ok/tally.ts";

function counts({ passed, failed }: Tally) {
  return { passed, failed };
}

describe("denoTally()", () => {
  it("counts tests and not the suites around them", () => {
    const report = `
      <testcase name="alone"></testcase>
      <testcase name="suite"></testcase>
      <testcase name="suite &gt; first"></testcase>
      <testcase name="suite &gt; inside"></testcase>
      <testcase name="suite &gt; inside &gt; second"></testcase>`;
    assert.deepEqual(counts(denoTally(report)), { passed: 3, failed: 0 });
  });

  it("counts a failed test once, and not again for its suite", () => {
    const report = `
      <testcase name="suite"><failure message="2 test steps failed">2 test steps failed.</failure></testcase>
      <testcase name="suite &gt; a"><failure message="Uncaught Error">Error: x</failure></testcase>
      <testcase name="suite &gt; b"><failure message="Uncaught Error">Error: y</failure></testcase>
      <testcase name="suite &gt; c"></testcase>`;
    assert.deepEqual(counts(denoTally(report)), { passed: 1, failed: 2 });
  });

  it("counts a suite whose hook failed", () => {
    const report = `
      <testcase name="before"><failure message="Uncaught Error: x">Error: x</failure></testcase>
      <testcase name="after"><failure message="Uncaught Error: x">Error: x</failure></testcase>
      <testcase name="after &gt; a"></testcase>`;
    assert.deepEqual(counts(denoTally(report)), { passed: 1, failed: 2 });
  });

  it("leaves out what was skipped", () => {
    assert.deepEqual(denoTally('<testcase name="a"><skipped/></testcase>'), noTests);
  });

  it("tells what failed tests said, without where", () => {
    const report = `
      <testcase name="suite"><failure message="1 test step failed">1 test step failed.</failure></testcase>
      <testcase name="suite &gt; a"><failure message="Uncaught Error">Error: x &lt; y
3 lost
    at a.ts:1:1</failure></testcase>`;
    assert.deepEqual(denoTally(report).failures, ["suite > a\n    Error: x < y\n    3 lost"]);
  });
});

describe("cargoTally()", () => {
  it("adds up crates", () => {
    const output =
      "test result: ok. 3 passed; 0 failed; 0 ignored\nx\ntest result: FAILED. 4 passed; 2 failed; 1 ignored\n";
    assert.deepEqual(counts(cargoTally(output)), { passed: 7, failed: 2 });
  });
});

describe("sum()", () => {
  it("is nothing of nothing", () => {
    assert.deepEqual(sum([]), noTests);
  });
});
