import type { Certificates } from "../certificates.ts";
import type { Cores } from "../cores.ts";
import type { Setup } from "../scenario.ts";
import { BrokerProcess } from "./broker_process.ts";
import { withDataFolder } from "./data_folder.ts";
import { type Peer, PeerFailed, type RunningPeer } from "./peer.ts";

const program = "mosquitto";

/** How often other ports are tried, where somebody has taken one since it was free. */
const attemptsMax = 20;

/**
 * Where its ports are: below those that Linux gives to clients. After a scenario with thousands of connections many of
 * the clients' ports are still taken for mosquitto's WebSocket listener, which does not set SO_REUSEADDR.
 */
const portRange = { least: 16_000, most: 32_000 } as const;

/** How mosquitto is measured. */
export interface MosquittoOptions {
  readonly name: string;
  /** Whether it saves what it knows to its disk, with as little delay as it can be told to. */
  readonly saves: boolean;
  /** What it shows over TLS, if that is asked for. */
  readonly certificates: Certificates | undefined;
}

/**
 * Mosquitto as Debian packages it.
 *
 * @returns `undefined` if it is not installed
 */
export async function mosquitto(options: MosquittoOptions, cores: Cores): Promise<Peer | undefined> {
  const version = await readVersion();
  if (version === undefined) return undefined;
  const start = ({ tls }: Setup) =>
    withDataFolder((folder) => startOnFreePorts({ folder, tls }, options, cores));
  return { name: options.name, version, lacks: ["access"], persistentOnly: options.saves, start };
}

/**
 * Installs it with apt-get, unless it is there already.
 *
 * @throws {PeerFailed} if that fails
 */
export async function installMosquitto(): Promise<void> {
  if (await readVersion() !== undefined) return;
  const command = new Deno.Command("apt-get", { args: ["install", "--yes", program], stdin: "null" });
  const { success } = await command.output();
  if (!success) {
    throw new PeerFailed("Cannot install mosquitto with apt-get: run as root, after apt-get update");
  }
}

async function readVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await new Deno.Command(program, { args: ["-h"], stderr: "null" }).output();
    return /version ([\d.]+)/.exec(new TextDecoder().decode(stdout))?.[1];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * No queue limit, so that nothing is dropped; TCP_NODELAY, which it leaves off and which only helps it; as much in
 * flight as Heliograph's default.
 */
function configuration([mqttPort, websocketPort]: Ports, others: readonly string[]): string {
  return `
listener ${mqttPort} 127.0.0.1
listener ${websocketPort} 127.0.0.1
protocol websockets
allow_anonymous true
max_queued_messages 0
max_inflight_messages 100
set_tcp_nodelay true
connection_messages false
log_dest stderr
log_type error
log_type information
${others.join("\n")}
`;
}

/** Saved after every change; the interval is a number of changes then. */
function persistence(folder: string, { saves }: MosquittoOptions): readonly string[] {
  if (!saves) return ["persistence false"];
  return [
    "persistence true",
    `persistence_location ${folder}/`,
    "autosave_on_changes true",
    "autosave_interval 1",
  ];
}

function tlsListener(
  port: number,
  tls: Setup["tls"],
  certificates: Certificates | undefined,
): readonly string[] {
  if (tls === "no") return [];
  if (certificates === undefined) throw new PeerFailed("mosquitto has no certificate for TLS");
  const { server, ca } = certificates;
  return [
    `listener ${port} 127.0.0.1`,
    `certfile ${server.certificate}`,
    `keyfile ${server.key}`,
    ...tls === "mutual" ? [`cafile ${ca}`, "require_certificate true", "use_identity_as_username true"] : [],
  ];
}

type Ports = readonly [mqtt: number, websocket: number, mqtts: number];

async function startOnFreePorts(
  { folder, tls }: { readonly folder: string; readonly tls: Setup["tls"] },
  options: MosquittoOptions,
  cores: Cores,
): Promise<RunningPeer> {
  for (let attempt = 1;; attempt++) {
    try {
      const ports = freePorts();
      const file = `${folder}/mosquitto.conf`;
      const others = [
        ...persistence(folder, options),
        ...tlsListener(ports[2], tls, options.certificates),
      ];
      await Deno.writeTextFile(file, configuration(ports, others));
      const running = await startOn(ports, [...cores.broker, program, "-c", file], options.name);
      const mqtts = tls === "no" ? undefined : `127.0.0.1:${ports[2]}`;
      const clientCertificate = tls === "mutual" ? options.certificates?.client : undefined;
      return { ...running, mqtts, clientCertificate };
    } catch (error) {
      if (!(error instanceof PeerFailed) || attempt === attemptsMax) throw error;
    }
  }
}

async function startOn(
  [mqttPort, websocketPort]: Ports,
  command: readonly string[],
  name: string,
): Promise<RunningPeer> {
  const process = await BrokerProcess.start({
    command,
    announcesOn: "stderr",
    isReady: (line) => line.endsWith("running"),
  });
  return {
    name,
    mqtt: `127.0.0.1:${mqttPort}`,
    websocket: `127.0.0.1:${websocketPort}`,
    pid: process.pid,
    stop: () => process.stop(),
  };
}

/** Ports that are free now: mosquitto cannot let the system choose. */
function freePorts(): Ports {
  using first = listenAnywhere();
  using second = listenAnywhere();
  using third = listenAnywhere();
  return [first.addr.port, second.addr.port, third.addr.port];
}

function listenAnywhere(): Deno.TcpListener {
  const { least, most } = portRange;
  for (;;) {
    const port = least + Math.floor(Math.random() * (most - least));
    try {
      return Deno.listen({ hostname: "127.0.0.1", port });
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
