import { BrokerProcess } from "./broker_process.ts";
import { type Management, PeerFailed, type RunningPeer } from "./peer.ts";

/**
 * A program that says `listening mqtt HOST:PORT`, perhaps the same of `mqtts` and `http` and `operator token: TOKEN`, and
 * then `ready`.
 */
export interface AnnouncedProgram {
  readonly name: string;
  readonly command: readonly string[];
  readonly directory?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Starts a program that announces itself on stdout, as Heliograph does.
 *
 * @throws {PeerFailed} if it does not
 */
export async function startAnnounced(program: AnnouncedProgram): Promise<RunningPeer> {
  const process = await BrokerProcess.start({
    ...program,
    announcesOn: "stdout",
    isReady: (line) => line === "ready",
  });
  const lines = await process.announcement();
  const mqtt = addressIn(lines, "mqtt");
  if (mqtt === undefined) {
    await process.stop();
    throw new PeerFailed(`${program.name} does not say where it listens for MQTT`);
  }
  return {
    name: program.name,
    mqtt,
    mqtts: addressIn(lines, "mqtts"),
    websocket: addressIn(lines, "http"),
    management: managementIn(lines),
    pid: process.pid,
    stop: () => process.stop(),
  };
}

function managementIn(lines: readonly string[]): Management | undefined {
  const address = addressIn(lines, "http");
  const operatorToken = valueIn(lines, "operator token: ");
  return address === undefined || operatorToken === undefined ? undefined : { address, operatorToken };
}

function addressIn(lines: readonly string[], protocol: "mqtt" | "mqtts" | "http"): string | undefined {
  return valueIn(lines, `listening ${protocol} `);
}

function valueIn(lines: readonly string[], prefix: string): string | undefined {
  return lines.find((line) => line.startsWith(prefix))?.slice(prefix.length);
}
