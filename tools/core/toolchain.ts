import { exists } from "./exists.ts";
import { ask, CommandFailed } from "./command.ts";
import { target } from "./recipe.ts";

/** A way to compile for WebAssembly on this machine. */
export interface Toolchain {
  readonly name: string;
  /** The cargo to call where we call it ourselves. */
  readonly cargo: string;
  /** Variables that cargo and wasm-pack need. */
  readonly env: Readonly<Record<string, string>>;
  /** Arguments for cargo, behind its own. */
  readonly cargoArgs: readonly string[];
  /** How wasm-pack is to behave towards its surroundings. */
  readonly wasmPackMode: "no-install" | "force";
}

const debianCompiler = "/usr/bin/rustc";
const debianCargo = "/usr/bin/cargo";
const debianLinkers: readonly string[] = ["/usr/bin/wasm-ld-19", "/usr/bin/wasm-ld"];

/**
 * Finds the toolchain: the one with the target's standard library if the `rustc` in `PATH` has it (rustup), otherwise
 * Debian's `rustc-web`, which carries the library's sources and compiles them along.
 *
 * @throws {CommandFailed} if there is neither; the message says what to install
 */
export async function findToolchain(): Promise<Toolchain> {
  const toolchain = await withInstalledTarget() ?? await withDebianSources();
  if (toolchain !== undefined) return toolchain;
  throw new CommandFailed(
    `Cannot compile for ${target}: run \`rustup target add ${target}\`, or install Debian's rustc-web, cargo-web, ` +
      "rust-web-src and lld-19",
  );
}

async function withInstalledTarget(): Promise<Toolchain | undefined> {
  try {
    const library = await ask("rustc", ["--print", "target-libdir", "--target", target]);
    if (!await exists(library)) return undefined;
  } catch (error) {
    if (error instanceof CommandFailed) return undefined;
    throw error;
  }
  return { name: "rustup", cargo: "cargo", env: {}, cargoArgs: [], wasmPackMode: "no-install" };
}

async function withDebianSources(): Promise<Toolchain | undefined> {
  const linker = await firstThatExists(debianLinkers);
  if (linker === undefined || !await exists(debianCompiler) || !await exists(debianCargo)) return undefined;
  return {
    name: "Debian's rustc-web",
    cargo: debianCargo,
    env: {
      CARGO: debianCargo,
      RUSTC: debianCompiler,
      // -Zbuild-std is for nightly compilers; this lets Debian's stable one take it.
      RUSTC_BOOTSTRAP: "1",
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: linker,
      PATH: `/usr/bin:${Deno.env.get("PATH") ?? ""}`,
    },
    cargoArgs: ["-Zbuild-std=std,panic_abort"],
    // The target's library is compiled along, so wasm-pack's look for an installed one would fail.
    wasmPackMode: "force",
  };
}

async function firstThatExists(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await exists(path)) return path;
  return undefined;
}
