import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "@std/testing/bdd";
import { METRIC_TABLE } from "../../src/observe/metric_table.ts";
import { Metrics } from "../../src/observe/metrics.ts";

function metrics(...counts: [string, number][]): Metrics {
  return new Metrics({ snapshot: () => new Map(counts) });
}

describe("Metrics", () => {
  it("text() has each row under its name, with its label", async () => {
    const text = await metrics(["sessions", 3], ["dropped_expired", 2], ["publish_sent_qos1", 7]).text();
    const lines = text.split("\n");
    assert.ok(lines.includes("heliograph_sessions 3"));
    assert.ok(lines.includes('heliograph_messages_dropped_total{reason="expired"} 2'));
    assert.ok(lines.includes('heliograph_publishes_sent_total{qos="1"} 7'));
    assert.ok(lines.includes('heliograph_publishes_sent_total{qos="0"} 0'));
    assert.ok(lines.includes("# TYPE heliograph_messages_dropped_total counter"));
    assert.ok(lines.includes("# TYPE heliograph_sessions gauge"));
  });

  it("text() shows what is counted now, each time", async () => {
    let count = 0;
    const counting = new Metrics({ snapshot: () => new Map([["messages_sent", ++count]]) });
    await counting.text();
    assert.match(await counting.text(), /^heliograph_packets_sent_total 2$/m);
  });

  it("text() has the process, under the names that every dashboard knows", async () => {
    const text = await metrics().text();
    for (const name of ["resident_memory_bytes", "cpu_seconds_total", "start_time_seconds"]) {
      assert.match(text, new RegExp(`^process_${name} \\d`, "m"));
    }
  });

  it("names are Prometheus': counters end in _total, gauges do not", () => {
    for (const { name, type } of METRIC_TABLE) {
      assert.match(name, /^[a-z][a-z0-9_]*$/);
      assert.equal(name.endsWith("_total"), type === "counter", name);
    }
  });

  it("every counter of the engine has a row, and every row of a counter its counter", async () => {
    const source = await readFile(new URL("../../core-rs/engine/src/counters.rs", import.meta.url), "utf8");
    const declared = source.slice(source.indexOf("counters! {"));
    const engine = [...declared.slice(0, declared.indexOf("\n}")).matchAll(/^ {4}([a-z0-9_]+);/gm)].map((
      [, name],
    ) => name);
    const rows = METRIC_TABLE.filter(({ type }) => type === "counter").map(({ key }) => key);
    assert.deepEqual(rows.toSorted(), engine.toSorted());
  });
});
