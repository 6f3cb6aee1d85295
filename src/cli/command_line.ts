import { Command, CommanderError } from "commander";
import { addBackup } from "./backup.ts";
import { addApply } from "./apply.ts";
import { addBench, type Bench } from "./bench.ts";
import { addCerts } from "./certs.ts";
import { addCheck } from "./check.ts";
import { exitCode } from "./exit_code.ts";
import { addGet } from "./get.ts";
import { addPub, type PubWorld } from "./pub.ts";
import { addRestore } from "./restore.ts";
import { addServe, type Serve, type ServeWorld } from "./serve.ts";
import type { StoreTools } from "./store_tool.ts";
import { addSub, type SubWorld } from "./sub.ts";
import { addToken } from "./token.ts";
import { UsageError } from "./usage_error.ts";
import { addUser } from "./user.ts";
import { addVersion } from "./version.ts";

/** What `main.ts` hands in, so that the command line knows no adapter. */
export interface Subcommands {
  readonly serve: Serve;
  /** Absent where nothing is ever kept. */
  readonly store?: StoreTools;
  /** Absent while this broker does not serve the management API, which these subcommands talk to. */
  readonly management?: true;
  /** Absent where `bench/` is not part of the installation. */
  readonly bench?: Bench;
}

/** Everything that the command line touches; a test brings its own. */
export type World = Omit<ServeWorld, "serve"> & PubWorld & SubWorld;

/**
 * Runs a command line.
 *
 * @param args without the program's name
 * @returns the code to exit with
 */
export async function runCommandLine(
  args: readonly string[],
  subcommands: Subcommands,
  world: World = systemWorld(),
): Promise<number> {
  let code: number = exitCode.ok;
  const program = buildProgram(subcommands, world, (chosen) => code = chosen);
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof UsageError) {
      world.stderr(error.message);
      return exitCode.usage;
    }
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    world.stderr(
      `Heliograph met a fault of its own: ${error instanceof Error ? error.stack : String(error)}`,
    );
    return exitCode.internal;
  }
}

function buildProgram(
  { serve, store, management, bench }: Subcommands,
  world: World,
  exit: (code: number) => void,
): Command {
  const program = new Command("heliograph")
    .description("A self-hosted MQTT broker")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.stdout(text.trimEnd()),
      writeErr: (text) => world.stderr(text.trimEnd()),
    });
  addServe(program, { ...world, serve }, exit);
  addPub(program, world, exit);
  addSub(program, world, exit);
  addCerts(program, world, exit);
  if (store !== undefined) {
    addBackup(program, store, world, exit);
    addRestore(program, store, world, exit);
    addCheck(program, store, world, exit);
  }
  if (management === true) {
    addApply(program, world, exit);
    addGet(program, world, exit);
    addUser(program, world, exit);
    addToken(program, world, exit);
  }
  addVersion(program, world.stdout);
  if (bench !== undefined) addBench(program, bench, exit);
  return program;
}

function systemWorld(): World {
  const encoder = new TextEncoder();
  return {
    env: Deno.env.toObject(),
    readTextFile: (path) => Deno.readTextFile(path),
    readFile: (path) => Deno.readFile(path),
    stdin: () => Deno.stdin.readable,
    stdout: (line) => write(Deno.stdout, encoder.encode(`${line}\n`)),
    stdoutBytes: (bytes) => write(Deno.stdout, bytes),
    stderr: (line) => write(Deno.stderr, encoder.encode(`${line}\n`)),
    interrupted: () =>
      new Promise((resolve) => {
        for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, resolve);
      }),
  };
}

/** A broker must not end because nobody reads its lines any more (`heliograph serve | head -1`). */
function write(output: typeof Deno.stdout, bytes: Uint8Array): void {
  try {
    for (let written = 0; written < bytes.length;) written += output.writeSync(bytes.subarray(written));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
