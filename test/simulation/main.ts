/**
 * Runs the simulation for as many seeds as one likes (`deno task sim`): the native one where cargo is installed, which
 * also checks arithmetic and can write a trace; the committed module elsewhere.
 *
 * Usage: `main.ts [--seeds N] [--start S] [--steps K] [--bug NAME] [--trace]`
 *
 * Ends with code 1 if a promise was broken.
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Bug, bugs, Simulator } from "./simulator.ts";

const manifest = fileURLToPath(new URL("../../core-rs/Cargo.toml", import.meta.url));

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  return await native(args) ?? await compiled(args);
}

/** Nothing if there is no cargo. */
async function native(args: readonly string[]): Promise<number | undefined> {
  const cargo = ["run", "--quiet", "--package", "heliograph-sim", "--manifest-path", manifest, "--"];
  try {
    const child = new Deno.Command("cargo", { args: [...cargo, ...args] }).spawn();
    return (await child.status).code;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function compiled(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: "string", default: "1000" },
      start: { type: "string", default: "0" },
      steps: { type: "string", default: "3000" },
      bug: { type: "string", default: "off" },
    },
  });
  const bug = bugs.find((known) => known === values.bug);
  if (bug === undefined) {
    console.error(`Cannot plant ${values.bug}: there are ${bugs.join(", ")}`);
    return 64;
  }
  return await runAll(BigInt(values.start), BigInt(values.seeds), Number(values.steps), bug);
}

async function runAll(start: bigint, seeds: bigint, steps: number, bug: Bug): Promise<number> {
  const simulator = await Simulator.load();
  const coverage = new Map<string, number>();
  let failed = 0;
  for (let seed = start; seed < start + seeds; seed++) {
    const { violation, coverage: counts } = simulator.run(seed, steps, bug);
    for (const [name, count] of Object.entries(counts)) coverage.set(name, (coverage.get(name) ?? 0) + count);
    if (violation === null) continue;
    failed++;
    console.log(`seed ${seed} step ${violation.step} at ${violation.now} ms: ${violation.what}`);
  }
  for (const [name, count] of [...coverage].sort()) console.log(`${String(count).padStart(12)} ${name}`);
  console.log(`${seeds} seeds, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
