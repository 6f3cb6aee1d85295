import { z } from "zod";
import { addresses, choice, count, flag, folder, hosts } from "./key.ts";
import {
  keysOf,
  type Limits,
  type NumberLimitKey,
  numberLimits,
  queuePolicies,
  switches,
  type SwitchKey,
} from "./limits.ts";
import type { SocketAddress } from "./socket_address.ts";

/** Everything that can be told to a broker, checked and complete. */
export interface Config {
  readonly listeners: {
    readonly mqtt: readonly SocketAddress[];
    readonly http: readonly SocketAddress[];
  };
  /** The folder of everything that outlives the process. */
  readonly data: string;
  readonly durability: "strict" | "relaxed" | "memory";
  readonly profile: "standard";
  readonly anonymous: "off" | "loopback" | "on";
  /** Hosts whose pages may use the HTTP and WebSocket listeners from a browser, beside loopback. */
  readonly allowedOrigins: readonly string[];
  readonly log: { readonly level: LogLevel; readonly format: LogFormat };
  readonly limits: Limits;
}

export const logLevels = ["debug", "info", "warn", "error"] as const;
export const logFormats = ["text", "json"] as const;
export type LogLevel = typeof logLevels[number];
export type LogFormat = typeof logFormats[number];

const listeners = z.strictObject({
  mqtt: addresses("127.0.0.1:1883", "MQTT over TCP; loopback only unless told otherwise"),
  http: addresses("127.0.0.1:8080", "HTTP, and MQTT over WebSocket at `/mqtt`"),
})
  .refine(({ mqtt, http }) => mqtt.length + http.length > 0, {
    path: ["mqtt"],
    error: "at least one address here or in listeners.http",
  });

const log = z.strictObject({
  level: choice(logLevels, "info", { reason: "the least that is logged" }),
  format: choice(logFormats, "text", {
    reason: "log lines on stderr and the lines on stdout: for people, or one JSON object each",
  }),
});

const limits = z.strictObject({
  ...countKeys(),
  ...switchKeys(),
  queuePolicy: choice(queuePolicies, "refuse-new", {
    reason: "who loses when a session's queue is full",
    result: "the new message is lost to this session, or the oldest is, or the session ends",
  }),
})
  .refine(({ memorySoftBytes, memoryHardBytes }) => !(memorySoftBytes > memoryHardBytes), {
    path: ["memorySoftBytes"],
    error: "at most limits.memoryHardBytes",
    when: always,
  })
  .refine(({ connectPacketBytesMax, preAuthBytesMax }) => !(connectPacketBytesMax > preAuthBytesMax), {
    path: ["connectPacketBytesMax"],
    error: "at most limits.preAuthBytesMax, or no such CONNECT could ever be read",
    when: always,
  });

/** The configuration file, with what environment and flags add to it. */
export const configSchema = z.strictObject({
  listeners: listeners.prefault({}),
  data: folder("./data", "the folder of everything that outlives the process; one broker at a time"),
  durability: choice(["strict", "relaxed", "memory"], "strict", {
    reason:
      "when an acknowledgement may leave: once its promise is on disk, once the system has it, or at once, " +
      "with nothing kept",
  }),
  profile: choice(["standard"], "standard", {
    expected: "standard (event-grid is planned and not there yet)",
    reason: "whose rules win where the MQTT standards and Azure Event Grid differ",
  }),
  anonymous: choice(["off", "loopback", "on"], "loopback", {
    reason:
      "who may connect without credentials: nobody, clients on this machine, or whoever reaches a listener; " +
      "until there is access control, whoever may connect may do everything",
  }),
  allowedOrigins: hosts(
    "hosts whose web pages may use the HTTP and WebSocket listeners, beside loopback: a browser lets any page reach " +
      "127.0.0.1",
  ),
  log: log.prefault({}),
  limits: limits.prefault({}),
});

/** Relations are checked also when another key is wrong: whoever mends a file wants all its faults at once. */
function always(): boolean {
  return true;
}

function countKeys() {
  const entries = keysOf(numberLimits).map((key) => [key, count(numberLimits[key])]);
  return Object.fromEntries(entries) as Record<NumberLimitKey, ReturnType<typeof count>>;
}

function switchKeys() {
  const entries = keysOf(switches).map((key) => [key, flag(switches[key])]);
  return Object.fromEntries(entries) as Record<SwitchKey, ReturnType<typeof flag>>;
}
