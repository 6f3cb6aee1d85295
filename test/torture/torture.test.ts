import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { figures, killsThatHurt, objections, type Report } from "./report.ts";
import { hasty } from "./subject/hasty.ts";
import { heliograph } from "./subject/heliograph.ts";
import type { Subject } from "./subject/subject.ts";
import { type Patience, torture } from "./torture.ts";

/** For brokers that lose what would otherwise be waited for. */
const short: Patience = { quietMilliseconds: 1500, willsMilliseconds: 0 };

interface Run {
  readonly kills: number;
  readonly seed: number;
  readonly subject: (data: string) => Promise<Subject>;
  readonly patience?: Patience;
}

async function run({ subject, ...options }: Run): Promise<Report> {
  const data = await Deno.makeTempDir({ prefix: "heliograph-torture-" });
  try {
    return await torture({ ...options, subject: await subject(data) });
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

/** What a failed assertion shows: the figures and every objection. */
function words(report: Report): string {
  return ["", ...figures(report), ...objections(report)].join("\n");
}

describe("a broker that is killed again and again", () => {
  it("keeps every promise over 20 kills", async () => {
    const report = await run({ kills: 20, seed: 20, subject: (data) => heliograph({ data }) });
    console.log(figures(report).join("\n"));
    assert.ok(objections(report).length === 0, words(report));
    assert.equal(report.kills.length, 20);
    assert.ok(killsThatHurt(report) >= 10, words(report));
    assert.ok(report.messages.due > report.messages.acknowledged, words(report));
    assert.ok(report.willsDue > 0 && report.retainedChanges > 0, words(report));
  });

  it("is found out if it acknowledges before it has committed", async () => {
    const subject = async (data: string) => hasty(await heliograph({ data }));
    const report = await run({ kills: 3, seed: 1, subject, patience: short });
    assert.ok(report.faults.count("lost") > 0, words(report));
    assert.equal(report.faults.count("session-lost"), 0, words(report));
  });

  it("is found out if it keeps nothing", async () => {
    const subject = (data: string) => heliograph({ data, durability: "memory" });
    const report = await run({ kills: 3, seed: 1, subject, patience: short });
    for (const kind of ["lost", "session-lost"] as const) {
      assert.ok(report.faults.count(kind) > 0, `${kind}: ${words(report)}`);
    }
  });
});
