import { formatSocketAddress, type SocketAddress } from "../config/socket_address.ts";
import type { LogFormat } from "../config/schema.ts";
import { version } from "./version.ts";

/** A socket that is listened on. */
export interface Bound {
  readonly protocol: "mqtt" | "mqtts" | "http" | "https";
  /** As the system reports it, without brackets. */
  readonly address: string;
  readonly port: number;
}

/** Says on stdout what whoever started the broker waits for: where it listens, and that it serves. */
export interface Announcer {
  listening(bound: Bound): void;
  /** Tells the operator token that was made, the only time that it is told. */
  operatorToken(token: string): void;
  /**
   * Said once, when every listener is bound and clients are served.
   *
   * @param open whether clients on this machine need no credentials
   */
  ready(open: boolean): void;
}

/** Where lines go. */
export interface Outputs {
  readonly stdout: (line: string) => void;
  readonly stderr: (line: string) => void;
}

/** Lines for scripts on stdout; for people, and only in the text format, the first steps on stderr. */
export function createAnnouncer(format: LogFormat, { stdout, stderr }: Outputs): Announcer {
  const bound: Bound[] = [];
  const json = format === "json";
  return {
    listening(one) {
      bound.push(one);
      const { protocol, address, port } = one;
      if (json) stdout(JSON.stringify({ event: "listening", protocol, address, port }));
      else stdout(`listening ${protocol} ${formatSocketAddress({ host: address, port })}`);
    },
    operatorToken(token) {
      stdout(json ? JSON.stringify({ event: "operator token", token }) : `operator token: ${token}`);
    },
    ready(open) {
      stdout(json ? JSON.stringify({ event: "ready" }) : "ready");
      if (!json) { for (const line of open ? firstSteps(bound) : closedSteps()) stderr(line); }
    },
  };
}

/** How to send a first message to the listeners that are bound, in a few lines. */
export function firstSteps(bound: readonly Bound[]): string[] {
  const mqtt = bound.find(({ protocol }) => protocol === "mqtt");
  const http = bound.find(({ protocol }) => protocol === "http");
  return [
    "",
    `Heliograph ${version} serves MQTT.`,
    ...mqtt === undefined ? [] : mqttSteps(reachable(mqtt)),
    ...http === undefined ? [] : httpSteps(reachable(http)),
    "",
  ];
}

/** What to do where nobody comes in without credentials. */
function closedSteps(): string[] {
  return [
    "",
    `Heliograph ${version} serves MQTT to clients with credentials.`,
    `  resources  ${invocation()} get clients    (or users, permissionBindings, …)`,
    `  a user     ${invocation()} user add NAME`,
    "",
  ];
}

function mqttSteps({ host, port }: SocketAddress): string[] {
  const place = `-h ${host} -p ${port}`;
  return [
    `  listen    ${invocation()} sub ${place} -v -t 'hello/#'`,
    `  publish   ${invocation()} pub ${place} -t hello/world -m 'first light'`,
  ];
}

/** How this program is called again: as one binary, or by the task. */
function invocation(): string {
  return Deno.build.standalone ? "heliograph" : `npx -y deno@${Deno.version.deno} task heliograph`;
}

function httpSteps(address: SocketAddress): string[] {
  const url = `http://${formatSocketAddress(address)}/mqtt/messages?topic=hello/world`;
  return [`  or        curl -X POST '${url}' -d 'first light'`];
}

/** An address that a client on this machine can use: "any address" is none. */
function reachable({ address, port }: Bound): SocketAddress {
  if (address === "0.0.0.0") return { host: "127.0.0.1", port };
  if (address === "::") return { host: "::1", port };
  return { host: address, port };
}
