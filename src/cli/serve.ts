import type { Command } from "commander";
import { ConfigFaults } from "../config/fault.ts";
import { loadConfig } from "../config/load.ts";
import type { Override } from "../config/override.ts";
import type { Config } from "../config/schema.ts";
import type { TextFile } from "../config/yaml_file.ts";
import { createLogger, type Logger } from "../observe/log.ts";
import { type Announcer, createAnnouncer, type Outputs } from "./announce.ts";
import { exitCode } from "./exit_code.ts";

/** What a broker is started with. */
export interface ServeOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly announce: Announcer;
}

/**
 * Serves until it is told to stop.
 *
 * @returns the code to exit with, one of `exitCode`
 */
export type Serve = (options: ServeOptions) => Promise<number>;

/** What the subcommand needs of its surroundings. */
export interface ServeWorld extends Outputs {
  readonly env: Readonly<Record<string, string>>;
  readonly readTextFile: (path: string) => Promise<string>;
  readonly serve: Serve;
}

interface ServeFlags {
  readonly config?: string;
  readonly mqtt?: readonly string[];
  readonly http?: readonly string[];
  readonly data?: string;
  readonly profile?: string;
  readonly logLevel?: string;
  readonly logFormat?: string;
  readonly check?: boolean;
}

/** `heliograph serve`, and what is meant when no subcommand is named. */
export function addServe(program: Command, world: ServeWorld, exit: (code: number) => void): void {
  program.command("serve", { isDefault: true })
    .description("run the broker until SIGINT or SIGTERM")
    .option("--config <file>", "read the configuration from a YAML file (docs/CONFIGURATION.md)")
    .option("--mqtt <host:port>", "listen for MQTT there; repeatable, port 0 lets the system choose", append)
    .option("--http <host:port>", "listen for HTTP and WebSocket there; repeatable", append)
    .option("--data <dir>", "keep what outlives the process there")
    .option("--profile <name>", "standard; event-grid is planned")
    .option("--log-level <level>", "debug, info, warn or error")
    .option("--log-format <format>", "text or json; also of the lines on stdout")
    .option("--check", "tell all that is wrong with the configuration, and end")
    .action(async (flags: ServeFlags) => exit(await serve(flags, world)));
}

async function serve(flags: ServeFlags, world: ServeWorld): Promise<number> {
  const config = await configuration(flags, world);
  if (config === undefined) return exitCode.config;
  if (flags.check === true) {
    world.stderr("The configuration can be used");
    return exitCode.ok;
  }
  const log = createLogger({ ...config.log, write: world.stderr });
  return await world.serve({ config, log, announce: createAnnouncer(config.log.format, world) });
}

/** The configuration, or `undefined` when all that is wrong with it has been told. */
async function configuration(flags: ServeFlags, world: ServeWorld): Promise<Config | undefined> {
  const file = flags.config === undefined ? undefined : await readFile(flags.config, world);
  if (file instanceof Error) {
    world.stderr(`Cannot read the configuration from ${flags.config}: ${file.message}`);
    return undefined;
  }
  const loaded = loadConfig({
    ...file === undefined ? {} : { file },
    env: world.env,
    flags: overrides(flags),
  });
  if (!(loaded instanceof ConfigFaults)) return loaded;
  world.stderr(String(loaded));
  return undefined;
}

async function readFile(path: string, { readTextFile }: ServeWorld): Promise<TextFile | Error> {
  try {
    return { path, text: await readTextFile(path) };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function overrides(flags: ServeFlags): Override[] {
  return [
    { key: "listeners.mqtt", source: "--mqtt", value: flags.mqtt },
    { key: "listeners.http", source: "--http", value: flags.http },
    { key: "data", source: "--data", value: flags.data },
    { key: "profile", source: "--profile", value: flags.profile },
    { key: "log.level", source: "--log-level", value: flags.logLevel },
    { key: "log.format", source: "--log-format", value: flags.logFormat },
  ].filter(({ value }) => value !== undefined);
}

/** Collects a repeatable option. */
function append(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
