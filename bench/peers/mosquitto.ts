import type { Cores } from "../cores.ts";
import { BrokerProcess } from "./broker_process.ts";
import { type Peer, PeerFailed, type RunningPeer } from "./peer.ts";

const name = "mosquitto";

/** How often other ports are tried. */
const attemptsMax = 3;

/**
 * Mosquitto as Debian packages it.
 *
 * @returns `undefined` if it is not installed
 */
export async function mosquitto(cores: Cores): Promise<Peer | undefined> {
  const version = await readVersion();
  return version === undefined ? undefined : { name, version, lacks: [], start: () => start(cores) };
}

/**
 * Installs it with apt-get, unless it is there already.
 *
 * @throws {PeerFailed} if that fails
 */
export async function installMosquitto(): Promise<void> {
  if (await readVersion() !== undefined) return;
  const command = new Deno.Command("apt-get", { args: ["install", "--yes", name], stdin: "null" });
  const { success } = await command.output();
  if (!success) {
    throw new PeerFailed("Cannot install mosquitto with apt-get: run as root, after apt-get update");
  }
}

async function readVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await new Deno.Command(name, { args: ["-h"], stderr: "null" }).output();
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
function configuration(mqttPort: number, websocketPort: number): string {
  return `
listener ${mqttPort} 127.0.0.1
listener ${websocketPort} 127.0.0.1
protocol websockets
allow_anonymous true
max_queued_messages 0
max_inflight_messages 100
set_tcp_nodelay true
persistence false
connection_messages false
log_dest stderr
log_type error
log_type information
`;
}

async function start(cores: Cores): Promise<RunningPeer> {
  for (let attempt = 1;; attempt++) {
    try {
      return await startOn(freePorts(), cores);
    } catch (error) {
      // Somebody may have taken a port since it was free.
      if (!(error instanceof PeerFailed) || attempt === attemptsMax) throw error;
    }
  }
}

async function startOn([mqttPort, websocketPort]: [number, number], cores: Cores): Promise<RunningPeer> {
  const file = await Deno.makeTempFile({ suffix: ".conf" });
  await Deno.writeTextFile(file, configuration(mqttPort, websocketPort));
  // It drops root's rights before it reads the file.
  await Deno.chmod(file, 0o644);
  try {
    const process = await BrokerProcess.start({
      command: [...cores.broker, name, "-c", file],
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
  } finally {
    await Deno.remove(file);
  }
}

/** Two ports that are free now: mosquitto cannot let the system choose. */
function freePorts(): [number, number] {
  using first = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using second = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return [first.addr.port, second.addr.port];
}
