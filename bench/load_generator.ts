import { fileURLToPath } from "node:url";
import type { Cores } from "./cores.ts";
import type { RunningPeer } from "./peers/peer.ts";
import { type LoadReport, loadReport, type ModeReport, modeReport } from "./report.ts";
import { hasMembers, type Load, type LoadScenario, type ModeScenario } from "./scenario.ts";

/** How long a run lasts. */
export interface Duration {
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** The compiled generator. */
export interface LoadGenerator {
  /** Its program, which is also the sink. */
  readonly program: string;
  /**
   * Runs one scenario against one broker.
   *
   * @throws {GeneratorFailed} if the generator could not run at all
   */
  load(scenario: LoadScenario, peer: RunningPeer, duration: Duration): Promise<LoadReport>;
  /** The same for a scenario with figures of its own. `options` are the mode's. */
  mode(scenario: ModeScenario, peer: RunningPeer, options: ModeScenario["options"]): Promise<ModeReport>;
}

/** The generator could not run: no cargo, no connection, a broker that closed before the measurement. */
export class GeneratorFailed extends Error {
  readonly code = "generator-failed";
}

/**
 * Builds the generator with cargo.
 *
 * @throws {GeneratorFailed} if cargo is missing or the build fails
 */
export async function buildGenerator(cores: Cores): Promise<LoadGenerator> {
  const program = await build();
  return {
    program,
    load: async (scenario, peer, { warmUpSeconds, seconds }) => {
      const time = ["--warm-up-seconds", String(warmUpSeconds), "--seconds", String(seconds)];
      const { carrier } = scenario.load;
      const args = ["load", ...target(peer, carrier), ...loadArguments(scenario.load), ...time];
      return loadReport.parse(await run(cores, program, args));
    },
    mode: async (scenario, peer, options) => {
      const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
      const { mode, carrier = "tcp" } = scenario;
      const managed = hasMembers(scenario) ? management(peer) : [];
      const args = [mode, ...target(peer, carrier), "--carrier", carrier, ...managed, ...flags];
      return modeReport.parse(await run(cores, program, args));
    },
  };
}

async function build(): Promise<string> {
  const manifest = fileURLToPath(new URL("generator/Cargo.toml", import.meta.url));
  const args = ["build", "--release", "--locked", "--message-format", "json", "--manifest-path", manifest];
  const { success, stdout } = await output("cargo", args, "inherit");
  const program = /"executable":"([^"]+)"/.exec(stdout)?.[1];
  if (!success || program === undefined) throw new GeneratorFailed("Cannot build the generator with cargo");
  return program;
}

/**
 * Where the generator connects to, as whom, and whom it measures.
 *
 * @throws {GeneratorFailed} if the broker does not listen for that carrier
 */
export function target(peer: RunningPeer, carrier: Load["carrier"]): string[] {
  const address = { tcp: peer.mqtt, tls: peer.mqtts, websocket: peer.websocket }[carrier];
  if (address === undefined) throw new GeneratorFailed(`${peer.name} does not listen for ${carrier}`);
  const { pid, user, clientCertificate } = peer;
  return [
    ["--address", address],
    pid === undefined ? [] : ["--pid", String(pid)],
    user === undefined ? [] : ["--username", user.name, "--password", user.password],
    clientCertificate === undefined ? [] : [
      ...["--client-certificate", clientCertificate.certificate],
      ...["--client-key", clientCertificate.key],
    ],
  ].flat();
}

/**
 * Where the generator changes resources.
 *
 * @throws {GeneratorFailed} if the broker has not said
 */
export function management({ name, management }: RunningPeer): string[] {
  if (management === undefined) throw new GeneratorFailed(`${name} does not say where it can be managed`);
  return ["--management", management.address, "--operator-token", management.operatorToken];
}

/** The generator's command line for a load. */
export function loadArguments(load: Load): string[] {
  const properties = (load.userProperties ?? []).flatMap(([name, value]) => [
    "--user-property",
    `${name}=${value}`,
  ]);
  return [
    ["--publishers", load.publishers],
    ["--subscribers", load.subscribers],
    ["--topics", load.topics],
    ["--qos", load.qos],
    ["--payload-bytes", load.payloadBytes],
    ["--window", load.window],
    ["--protocol", load.protocol],
    ["--carrier", load.carrier],
    load.wildcard ? ["--wildcard"] : [],
    load.persistent ? ["--persistent"] : [],
    load.rate === undefined ? [] : ["--rate", load.rate],
    properties,
  ].flat().map(String);
}

async function run(cores: Cores, program: string, args: readonly string[]): Promise<unknown> {
  const [command = program, ...rest] = [...cores.generator, program, ...args];
  const { stdout, stderr } = await output(command, rest, "piped");
  if (stdout === "") throw new GeneratorFailed(stderr.trim());
  return JSON.parse(stdout);
}

async function output(
  command: string,
  args: string[],
  stderr: "inherit" | "piped",
): Promise<{ success: boolean; stdout: string; stderr: string }> {
  const result = await new Deno.Command(command, { args, stdin: "null", stdout: "piped", stderr }).output();
  const decoder = new TextDecoder();
  return {
    success: result.success,
    stdout: decoder.decode(result.stdout),
    stderr: stderr === "piped" ? decoder.decode(result.stderr) : "",
  };
}
