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
  /** The resource file that the configuration names, read. */
  readonly resources?: TextFile;
  /** The value of `HELIOGRAPH_OPERATOR_TOKEN`. */
  readonly operatorToken?: string;
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
  readonly mqtts?: readonly string[];
  readonly http?: readonly string[];
  readonly https?: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly hostname?: string;
  readonly anonymous?: string;
  readonly resources?: string;
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
    .option("--mqtts <host:port>", "listen for MQTT over TLS there; repeatable", append)
    .option("--http <host:port>", "listen for HTTP and WebSocket there; repeatable", append)
    .option("--https <host:port>", "listen for HTTP and WebSocket over TLS there; repeatable", append)
    .option("--tls-cert <file>", "the certificate of the TLS listeners, PEM")
    .option("--tls-key <file>", "its key, PEM")
    .option("--hostname <name>", "what clients know the broker as")
    .option("--anonymous <access>", "who may connect without credentials: off, loopback or on")
    .option(
      "--resources <file>",
      "create or update the resources that a YAML file says, before anyone connects",
    )
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
  const resources = await namedFile(config.resources, "resources", world);
  if (resources instanceof Error) return exitCode.config;
  const operatorToken = world.env["HELIOGRAPH_OPERATOR_TOKEN"];
  return await world.serve({
    config,
    log: createLogger({ ...config.log, write: world.stderr }),
    announce: createAnnouncer(config.log.format, world),
    ...resources === undefined ? {} : { resources },
    ...operatorToken === undefined ? {} : { operatorToken },
  });
}

/** The configuration, or `undefined` when all that is wrong with it has been told. */
async function configuration(flags: ServeFlags, world: ServeWorld): Promise<Config | undefined> {
  const file = await namedFile(flags.config, "the configuration", world);
  if (file instanceof Error) return undefined;
  const loaded = loadConfig({
    ...file === undefined ? {} : { file },
    env: world.env,
    flags: overrides(flags),
  });
  if (!(loaded instanceof ConfigFaults)) return loaded;
  world.stderr(String(loaded));
  return undefined;
}

/** A file, if one is named; why it cannot be read has been told when that is an error. */
async function namedFile(
  path: string | undefined,
  what: string,
  { readTextFile, stderr }: ServeWorld,
): Promise<TextFile | undefined | Error> {
  if (path === undefined) return undefined;
  try {
    return { path, text: await readTextFile(path) };
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    stderr(`Cannot read ${what} from ${path}: ${error.message}`);
    return error;
  }
}

function overrides(flags: ServeFlags): Override[] {
  return [
    { key: "listeners.mqtt", source: "--mqtt", value: flags.mqtt },
    { key: "listeners.mqtts", source: "--mqtts", value: flags.mqtts },
    { key: "listeners.http", source: "--http", value: flags.http },
    { key: "listeners.https", source: "--https", value: flags.https },
    { key: "tls.certificate", source: "--tls-cert", value: flags.tlsCert },
    { key: "tls.key", source: "--tls-key", value: flags.tlsKey },
    { key: "hostname", source: "--hostname", value: flags.hostname },
    { key: "anonymous", source: "--anonymous", value: flags.anonymous },
    { key: "resources", source: "--resources", value: flags.resources },
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
