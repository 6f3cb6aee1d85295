/**
 * Every check of this repository, in one run (`deno task ok`): format, lint, types, the artefacts' sources, the tests,
 * and, where cargo is there, the same for the core. Continuous integration runs it too.
 *
 * Usage: `ok.ts [--rebuild]`
 *
 * - `--rebuild` also builds the artefacts anew, into a folder that is removed afterwards
 *
 * Ends with `N passed, N failed` alone on a line, and with code 0 if every check passed.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { exists } from "./core/exists.ts";
import { type Outcome, runStep, type Step } from "./ok/step.ts";
import { cargoTally, denoTally, noTests, sum } from "./ok/tally.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const deno = Deno.execPath();

if (import.meta.main) Deno.exit(await main());

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: { rebuild: { type: "boolean", default: false } },
  });
  const scratch = await Deno.makeTempDir({ prefix: "heliograph-ok-" });
  try {
    Deno.chdir(root);
    const outcomes: Outcome[] = [];
    for (const step of await steps(scratch, values.rebuild)) {
      console.log(`\n=== ${step.name}`);
      outcomes.push(await runStep(step));
    }
    return report(outcomes);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

async function steps(scratch: string, rebuild: boolean): Promise<Step[]> {
  const junit = join(scratch, "junit.xml");
  return [
    { name: "format", command: [deno, "fmt", "--check"] },
    { name: "lint", command: [deno, "lint"] },
    { name: "types", command: [deno, "check", "src", "test", "tools", "bench", "wasm/mod.ts"] },
    { name: "artefacts belong to the sources", command: [deno, "task", "core:check"] },
    { name: "clauses have tests", command: [deno, "task", "conformance", "--check"] },
    ...await rustSteps(),
    ...rebuild
      ? [{
        name: "artefacts can be built",
        command: [deno, "task", "core:build", "--out", join(scratch, "wasm")],
      }]
      : [],
    {
      name: "tests",
      command: [deno, "task", "test", `--junit-path=${junit}`],
      tally: async () => await exists(junit) ? denoTally(await Deno.readTextFile(junit)) : noTests,
    },
  ];
}

/** Checks of every Cargo workspace; none where there is no cargo. */
async function rustSteps(): Promise<Step[]> {
  if (!await runs("cargo")) {
    console.log("cargo is not installed: the checks of the core are left out");
    return [];
  }
  return [
    ...["core-rs", "bench/generator"].flatMap((workspace) => cargoSteps(workspace)),
    // Its targets need a nightly compiler; `deno task fuzz` builds them.
    cargoFormat("core-rs/fuzz"),
  ];
}

function cargoSteps(workspace: string): Step[] {
  const manifest = ["--manifest-path", `${workspace}/Cargo.toml`];
  return [
    cargoFormat(workspace),
    {
      name: `${workspace}: lint`,
      command: [
        "cargo",
        "clippy",
        ...manifest,
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "--deny",
        "warnings",
      ],
    },
    {
      name: `${workspace}: tests`,
      command: ["cargo", "test", ...manifest, "--workspace", "--locked"],
      tally: cargoTally,
    },
  ];
}

function cargoFormat(workspace: string): Step {
  const command = ["cargo", "fmt", "--manifest-path", `${workspace}/Cargo.toml`, "--all", "--check"];
  return { name: `${workspace}: format`, command };
}

async function runs(program: string): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" }).output())
      .success;
  } catch {
    return false;
  }
}

function report(outcomes: readonly Outcome[]): number {
  console.log("");
  for (const { step, passed, seconds } of outcomes) {
    console.log(`${passed ? "ok    " : "FAILED"} ${step.name} (${seconds.toFixed(1)} s)`);
  }
  const { passed, failed, failures } = sum(outcomes.map(({ tally }) => tally));
  // Again, for whoever sees only the end of a long run.
  for (const failure of failures) console.log(`\n${failure}`);
  console.log(`\n${passed} passed, ${failed} failed`);
  return outcomes.every((outcome) => outcome.passed) && passed > 0 ? 0 : 1;
}
