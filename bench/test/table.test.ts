import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { Record } from "../record.ts";
import type { Run } from "../rounds.ts";
import { renderTables } from "../table.ts";
import { pairs, reportOf } from "./fixtures.ts";

function recordOf(runs: readonly Run[]): Record {
  return {
    date: "2026-11-24T08:00:00.000Z",
    command: "deno task bench",
    commit: "0123456789",
    machine: {
      name: "2-vcpu-linux",
      cpus: 2,
      model: "a CPU",
      kernel: "6.18",
      memoryGibibytes: 24,
      congestionControl: "bbr",
      fileSystem: "ext2/ext3",
    },
    cores: "brokers on core 0",
    warmUpSeconds: 2,
    seconds: 5,
    quick: false,
    peers: [{ name: "heliograph", version: "1" }, { name: "mosquitto", version: "2" }],
    runs,
  };
}

function run(peer: string, round: number, messagesPerSecond: number, objection?: string): Run {
  const report = reportOf(messagesPerSecond);
  return { scenario: "pairs", peer, round, report, ...objection === undefined ? {} : { objection } };
}

describe("renderTables()", () => {
  it("shows medians, the ratio to mosquitto and the goal", () => {
    const runs = [1, 2, 3].flatMap((round) => [
      run("heliograph", round, round * 1000),
      run("mosquitto", round, round * 100),
    ]);
    const text = renderTables(recordOf(runs), [pairs]);
    assert.match(
      text,
      /\| ten pairs \| heliograph \| 3 \| 2,000 \| 1,000–3,000 \| 10 \(goal 30\) \| 2 \| 1 MiB \|/,
    );
    assert.match(text, /\| ten pairs \| mosquitto \| 3 \| 200 \| 100–300 \| 1 \|/);
  });

  it("shows acknowledgements beside a bare commit", () => {
    const persistent = { ...pairs, commitsGoal: 3, load: { ...pairs.load, persistent: true } };
    const timed = (peer: string, p50Us: number): Run => ({
      scenario: "pairs",
      peer,
      round: 1,
      report: {
        ...reportOf(1),
        acknowledgement: { count: 1, p50Us, p99Us: 9000, p999Us: 1, maxUs: 1 },
        commitsPerSecond: 700,
      },
    });
    const runs = [timed("bare SQLite commit", 1000), timed("heliograph", 2500), timed("mosquitto", 50)];
    const text = renderTables(recordOf(runs), [persistent]);
    assert.match(
      text,
      /\| ten pairs \| heliograph \| 1 \| 2,500 \| 9,000 \| 2.5 \(goal at most 3\) \| 700 \| – \|/,
    );
    assert.match(text, /\| ten pairs \| bare SQLite commit \| 1 \| 1,000 \| 9,000 \| 1 \|/);
  });

  it("compares with the commit before, where it takes part", () => {
    const runs = [run("heliograph", 1, 990), run("before", 1, 1000)];
    assert.match(renderTables(recordOf(runs), [pairs]), /\| – \(goal 30\) \| 0.99 \(goal 0.95\) \|/);
  });

  it("names command, machine, commit and versions", () => {
    const text = renderTables(recordOf([]), [pairs]);
    for (const part of ["deno task bench", "0123456789", "2 CPUs (a CPU)", "kernel 6.18", "mosquitto (2)"]) {
      assert.ok(text.includes(part), part);
    }
  });

  it("counts no figure of a run that does not count, and says why", () => {
    const runs = [run("heliograph", 1, 1000), run("heliograph", 2, 9999, "9 of 10 messages received")];
    const text = renderTables(recordOf(runs), [pairs]);
    assert.match(text, /\| heliograph \| 1 \| 1,000 \|/);
    assert.match(text, /- pairs, heliograph, round 2: 9 of 10 messages received/);
    assert.ok(!text.includes("9,999"));
  });
});
