import { join } from "node:path";
import { ask, CommandFailed, run } from "./command.ts";
import { appendCustomSection, readCustomSection } from "./custom_section.ts";
import { exists } from "./exists.ts";
import {
  codegenFlags,
  optimiserFlags,
  sourcesSection,
  target,
  wasmBindgenVersion,
  wasmPackVersion,
} from "./recipe.ts";
import { shareMemory } from "./shared_memory.ts";
import type { Toolchain } from "./toolchain.ts";

/** What a build needs to know. */
export interface Build {
  /** The Cargo workspace, absolute. */
  readonly workspace: string;
  readonly toolchain: Toolchain;
  /** The hash that the artefacts carry. */
  readonly sourceHash: string;
  /** Where the artefacts go, absolute. */
  readonly outDir: string;
}

/** The core. The glue that wasm-pack writes beside it is not kept: `wasm/mod.ts` calls plain exports. */
export const coreModule = "heliograph_core_bg.wasm";

/** The simulation: one module without imports, which needs no glue. */
export const simModule = "sim.wasm";

/**
 * Builds the core with wasm-pack and puts it into the output folder.
 *
 * @throws {CommandFailed} if a tool is missing or fails
 */
export async function buildCore(build: Build): Promise<void> {
  await requireWasmPack();
  const scratch = await Deno.makeTempDir({ prefix: "heliograph-core-" });
  try {
    await run("wasm-pack", wasmPackArguments(build, scratch), { env: await compileEnvironment(build) });
    await finish(join(scratch, coreModule), join(build.outDir, coreModule), build.sourceHash, shareMemory);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

/**
 * Builds the simulation, which exports plain functions, with cargo alone.
 *
 * @throws {CommandFailed} if a tool is missing or fails, or if the module asks for imports
 */
export async function buildSim(build: Build): Promise<void> {
  const args = ["build", "--package", "heliograph-sim", "--release", "--target", target];
  const options = { cwd: build.workspace, env: await compileEnvironment(build) };
  await run(build.toolchain.cargo, [...args, ...build.toolchain.cargoArgs], options);
  const compiled = join(await targetFolder(build), target, "release", simModule);
  const finished = join(build.outDir, simModule);
  await finish(compiled, finished, build.sourceHash, (module) => module);
  await refuseImports(finished);
}

/**
 * The hash that an artefact says it was made from.
 *
 * @returns `undefined` if the file is not there or carries none
 */
export async function artefactHash(path: string): Promise<string | undefined> {
  if (!await exists(path)) return undefined;
  return readCustomSection(await Deno.readFile(path), sourcesSection);
}

function wasmPackArguments({ workspace, toolchain }: Build, outDir: string): string[] {
  return [
    "build",
    join(workspace, "abi"),
    ...["--target", "web", "--no-opt", "--no-pack", "--mode", toolchain.wasmPackMode],
    ...["--out-dir", outDir, "--out-name", "heliograph_core"],
    ...toolchain.cargoArgs,
  ];
}

async function requireWasmPack(): Promise<void> {
  const version = (await ask("wasm-pack", ["--version"])).replace("wasm-pack ", "");
  if (version === wasmPackVersion) return;
  throw new CommandFailed(
    `Cannot build with wasm-pack ${version}: run \`cargo install --locked wasm-pack@${wasmPackVersion} ` +
      `wasm-bindgen-cli@${wasmBindgenVersion}\``,
  );
}

/** Also keeps the folders of the machine that builds out of the artefact: panic messages name source files. */
async function compileEnvironment({ workspace, toolchain }: Build): Promise<Record<string, string>> {
  await run(toolchain.cargo, ["fetch", "--quiet"], { cwd: workspace, env: toolchain.env });
  const remapped = [...await dependencyFolders(), workspace];
  const flags = [...codegenFlags, ...remapped.map((folder) => `--remap-path-prefix=${folder}=.`)];
  return { ...toolchain.env, CARGO_ENCODED_RUSTFLAGS: flags.join("\x1f") };
}

/** Where cargo keeps the sources of dependencies: one folder per registry, named after its host. */
async function dependencyFolders(): Promise<string[]> {
  const home = Deno.env.get("CARGO_HOME") ?? join(Deno.env.get("HOME") ?? "", ".cargo");
  const registries = join(home, "registry", "src");
  const folders: string[] = [];
  for await (const { name } of Deno.readDir(registries)) folders.push(join(registries, name));
  return folders;
}

async function targetFolder({ workspace, toolchain }: Build): Promise<string> {
  const args = ["metadata", "--format-version", "1", "--no-deps"];
  const metadata: unknown = JSON.parse(
    await ask(toolchain.cargo, args, { cwd: workspace, env: toolchain.env }),
  );
  return (metadata as { readonly target_directory: string }).target_directory;
}

type Change = (module: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;

async function finish(compiled: string, finished: string, sourceHash: string, change: Change): Promise<void> {
  const optimised = `${finished}.tmp`;
  await run("wasm-opt", [...optimiserFlags, compiled, "-o", optimised]);
  await Deno.writeFile(
    finished,
    appendCustomSection(change(await Deno.readFile(optimised)), sourcesSection, sourceHash),
  );
  await Deno.remove(optimised);
}

async function refuseImports(path: string): Promise<void> {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(await Deno.readFile(path)));
  if (imports.length === 0) return;
  const names = imports.map(({ module, name }) => `${module}.${name}`);
  throw new CommandFailed(
    `Cannot use ${path}: it asks for imports, and nothing offers them: ${names.join(", ")}`,
  );
}
