/**
 * Runs the core's fuzz targets one after the other (`deno task fuzz`); needs a nightly compiler and cargo-fuzz.
 *
 * Usage: `fuzz.ts [--seconds N] [target…]`: every target of `core-rs/fuzz/fuzz_targets`, N seconds each (20).
 */
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CommandFailed, run } from "./core/command.ts";

const folder = fileURLToPath(new URL("../core-rs/fuzz", import.meta.url));

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seconds: { type: "string", default: "20" } },
  });
  if (!/^\d+$/.test(values.seconds)) {
    console.error(`Cannot fuzz for ${values.seconds} seconds: use a whole number`);
    return 64;
  }
  try {
    for (const target of positionals.length > 0 ? positionals : await targets()) {
      await fuzz(target, values.seconds);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    console.error(error.message);
    return 1;
  }
}

async function targets(): Promise<string[]> {
  const files = await Array.fromAsync(Deno.readDir(join(folder, "fuzz_targets")));
  return files.map(({ name }) => basename(name, ".rs")).sort();
}

/**
 * What is found goes to a folder that git ignores; the committed corpus is where the search begins.
 *
 * `-len_control=0` tries long inputs from the start: a packet's faults lie behind its first fields.
 */
async function fuzz(target: string, seconds: string): Promise<void> {
  console.log(`\n=== ${target}`);
  const found = join(folder, "target", "corpus", target);
  await Deno.mkdir(found, { recursive: true });
  const corpora = [found, join(folder, "corpus", target)];
  const limits = [`-max_total_time=${seconds}`, "-len_control=0"];
  await run("cargo", ["+nightly", "fuzz", "run", "--fuzz-dir", folder, target, ...corpora, "--", ...limits]);
}

if (import.meta.main) Deno.exit(await main());
