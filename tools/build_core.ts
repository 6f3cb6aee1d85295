/**
 * Builds the committed artefacts of the core, or checks that they belong to the sources (`deno task core:build`,
 * `deno task core:check`). The only script that does; continuous integration uses it too.
 *
 * Usage: `build_core.ts [--check] [--out DIR] [core] [sim]`
 *
 * - `core`, `sim`: only these; both unless one is named
 * - `--check` builds nothing: it compares the hash inside each committed artefact with that of the present sources
 * - `--out DIR` puts the artefacts there instead of into `wasm/`
 */
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { artefactHash, buildCore, buildSim, coreModule, simModule } from "./core/artefact.ts";
import { CommandFailed } from "./core/command.ts";
import { recipeText } from "./core/recipe.ts";
import { hashSources } from "./core/source_hash.ts";
import { findToolchain } from "./core/toolchain.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const workspace = join(root, "core-rs");

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      check: { type: "boolean", default: false },
      out: { type: "string", default: join(root, "wasm") },
    },
  });
  const unknown = positionals.filter((name) => !(name in builders));
  if (unknown.length > 0) {
    console.error(`Cannot build ${unknown.join(", ")}: use ${Object.keys(builders).join(" or ")}`);
    return 64;
  }
  const sourceHash = await hashSources(workspace, recipeText());
  if (values.check) return await check(values.out, sourceHash);
  const chosen = Object.entries(builders).filter(([name]) =>
    positionals.length === 0 || positionals.includes(name)
  );
  return await build(resolve(values.out), sourceHash, chosen.map(([, builder]) => builder));
}

const builders = { core: buildCore, sim: buildSim };

type Builder = typeof buildCore;

async function build(outDir: string, sourceHash: string, chosen: readonly Builder[]): Promise<number> {
  try {
    const toolchain = await findToolchain();
    console.error(`building with ${toolchain.name}`);
    await Deno.mkdir(outDir, { recursive: true });
    for (const builder of chosen) await builder({ workspace, toolchain, sourceHash, outDir });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    console.error(error.message);
    return 1;
  }
  console.error(`built from sources ${sourceHash}`);
  return 0;
}

async function check(outDir: string, sourceHash: string): Promise<number> {
  const stale: string[] = [];
  for (const name of [coreModule, simModule]) {
    const made = await artefactHash(join(outDir, name));
    if (made !== sourceHash) {
      stale.push(`${basename(outDir)}/${name} was made from ${made ?? "unknown sources"}`);
    }
  }
  for (const fault of stale) console.error(`${fault}; the sources are ${sourceHash}`);
  if (stale.length > 0) console.error("Run `deno task core:build` and commit what it writes.");
  return stale.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
