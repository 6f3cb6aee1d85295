/**
 * Kills a broker again and again under load and checks what became of its promises (`deno task torture`).
 *
 * Usage: `main.ts [--kills N] [--seed S] [--seconds N] [--subject heliograph|hasty|memory|mosquitto]`
 *
 * Ends with code 1 if the broker broke a promise, or if too few kills landed where they hurt.
 */
import { parseArgs } from "node:util";
import { figures, type Kill, objections } from "./report.ts";
import { hasty } from "./subject/hasty.ts";
import { heliograph } from "./subject/heliograph.ts";
import { mosquitto } from "./subject/mosquitto.ts";
import type { Subject } from "./subject/subject.ts";
import { torture } from "./torture.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    kills: { type: "string", default: "20" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    seconds: { type: "string", default: "Infinity" },
    subject: { type: "string", default: "heliograph" },
  },
});

Deno.exit(await main());

async function main(): Promise<number> {
  const data = await Deno.makeTempDir({ prefix: "heliograph-torture-" });
  const report = await torture({
    subject: await subject(data),
    kills: Number(values.kills),
    seed: Number(values.seed),
    secondsMax: Number(values.seconds),
    onKill,
  });
  const wrong = objections(report);
  console.log(["", ...figures(report), ...wrong].join("\n"));
  if (wrong.length === 0) await Deno.remove(data, { recursive: true });
  else console.log(`The data is kept in ${data}; this run's choices come again with --seed ${report.seed}`);
  return wrong.length === 0 ? 0 : 1;
}

async function subject(data: string): Promise<Subject> {
  switch (values.subject) {
    case "heliograph":
      return await heliograph({ data });
    case "memory":
      return await heliograph({ data, durability: "memory" });
    case "hasty":
      return hasty(await heliograph({ data }));
    case "mosquitto":
      return mosquitto(data);
    default:
      throw new Error(
        `Unknown subject ${values.subject}: heliograph, hasty, memory or mosquitto is expected`,
      );
  }
}

function onKill({ during, afterMilliseconds, unacknowledged, held }: Kill, number: number): void {
  const when = `${afterMilliseconds.toFixed(0).padStart(5)} ms after its start`;
  const what = during === "load" ? `${held} of ${unacknowledged} held` : "still starting";
  console.log(`kill ${String(number).padStart(3)}: ${when}, ${what}`);
}
