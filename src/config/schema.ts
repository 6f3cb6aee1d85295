import { z } from "zod";
import { entra, type EntraKeys } from "./entra.ts";
import { choice, count, flag, folder, hosts, optionalChoice, optionalFile, text } from "./key.ts";
import {
  keysOf,
  type Limits,
  type NumberLimitKey,
  numberLimits,
  queuePolicies,
  switches,
  type SwitchKey,
} from "./limits.ts";
import {
  addresses,
  type DomainConfig,
  domains,
  type ListenerConfig,
  tlsAddresses,
  type TlsListenerConfig,
} from "./listener_key.ts";
import { webhook, type WebhookConfig } from "./webhook.ts";
import { operators, type OperatorsConfig } from "./operators.ts";

/** Everything that can be told to a broker, checked and complete. */
export interface Config {
  readonly listeners: {
    readonly mqtt: readonly ListenerConfig[];
    readonly mqtts: readonly TlsListenerConfig[];
    readonly http: readonly ListenerConfig[];
    readonly https: readonly TlsListenerConfig[];
  };
  /** What TLS listeners show that name no certificate of their own. */
  readonly tls: {
    readonly certificate?: string | undefined;
    readonly key?: string | undefined;
    /** Certificates that are shown to whoever asks for their hosts instead, on all TLS listeners. */
    readonly domains: readonly DomainConfig[];
  };
  /** What clients know the namespace as. */
  readonly hostname: string;
  /** The folder of everything that outlives the process. */
  readonly data: string;
  readonly durability: "strict" | "relaxed" | "memory";
  readonly profile: "standard";
  /** `undefined` where nobody has said it; what holds then follows the resources. */
  readonly anonymous?: "off" | "loopback" | "on" | undefined;
  /** The OIDC issuer where the namespace's resource names none. */
  readonly entra: EntraKeys;
  readonly tokens: { readonly clockToleranceSeconds: number };
  readonly webhook: WebhookConfig;
  /** PEM: trusted beside the CAs that the runtime trusts when other servers are asked. */
  readonly trustedAuthorities?: string | undefined;
  /** Who manages the broker beside the holders of its tokens. */
  readonly operators: OperatorsConfig;
  /** A file of resources that are put into force at the start. */
  readonly resources?: string | undefined;
  /** What the namespace is called in the management API. */
  readonly arm: { readonly subscription: string; readonly resourceGroup: string; readonly namespace: string };
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
  mqtts: tlsAddresses("MQTT over TLS, usually port 8883"),
  http: addresses("127.0.0.1:8080", "HTTP, and MQTT over WebSocket at `/mqtt`"),
  https: tlsAddresses("HTTP and WebSocket over TLS, usually port 8443"),
})
  .refine(({ mqtt, mqtts, http, https }) => mqtt.length + mqtts.length + http.length + https.length > 0, {
    path: ["mqtt"],
    error: "at least one address here or in another list of listeners",
  });

const tls = z.strictObject({
  certificate: optionalFile(
    "PEM: the certificate of TLS listeners that name none of their own, and behind it what leads to a root",
  ),
  key: optionalFile("PEM: the key of that certificate"),
  domains: domains(
    "further host names of the broker: whoever asks for one (SNI) is shown its certificate, and it is an audience of " +
      "tokens like `hostname`; whoever asks for another is shown that of the listener",
  ),
});

const arm = z.strictObject({
  subscription: text(/^[0-9A-Fa-f-]{1,64}$/, "00000000-0000-0000-0000-000000000000", {
    expected: "hexadecimal digits and hyphens, as 00000000-0000-0000-0000-000000000000",
    reason: "the subscription in the long paths of the management API",
  }),
  resourceGroup: text(/^[\w.()-]{1,90}$/, "heliograph", {
    expected: "1 to 90 letters, digits and . _ - ( )",
    reason: "the resource group in those paths",
  }),
  namespace: text(/^(?!microsoft|system|eventgrid)[a-z0-9-]{3,50}$/i, "ns1", {
    expected: "3 to 50 letters, digits and hyphens, not beginning with Microsoft, System or EventGrid",
    reason: "the namespace in those paths",
  }),
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

const tokens = z.strictObject({
  clockToleranceSeconds: count({
    default: 60,
    min: 0,
    max: 60,
    unit: "seconds",
    reason: "how far the clocks of whoever issues tokens may be from the broker's",
    result: "refused",
  }),
});

const HOST_NAME = /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/;

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
  tls: tls.prefault({}),
  hostname: text(HOST_NAME, "localhost", {
    expected: "a host name, such as broker.example.com",
    reason: "what clients know the broker as; the management API tells it",
  }),
  anonymous: optionalChoice(["off", "loopback", "on"], {
    reason:
      "who may connect without credentials: nobody; clients on this machine over listeners without TLS, and " +
      "they may do everything; or whoever reaches a listener, and they may do what bindings of $anonymous grant",
    unsaid:
      "`loopback` until there is a client, user, CA certificate, permission binding, role assignment, or " +
      "a setting of client authentication, then `off`",
  }),
  entra: entra.prefault({}),
  tokens: tokens.prefault({}),
  webhook: webhook.prefault({}),
  trustedAuthorities: optionalFile(
    "PEM: CA certificates that are trusted when issuers of tokens and webhooks are asked, beside those of the file in " +
      "the runtime's variable `DENO_CERT`, and Mozilla's, or with `DENO_TLS_CA_STORE=system` the system's",
  ),
  resources: optionalFile(
    "a YAML file of resources that are created or updated at the start; none is deleted",
  ),
  operators: operators.prefault({}),
  arm: arm.prefault({}),
  allowedOrigins: hosts(
    "hosts whose web pages may use the HTTP and WebSocket listeners, beside loopback: a browser lets any page reach " +
      "127.0.0.1",
  ),
  log: log.prefault({}),
  limits: limits.prefault({}),
})
  .refine(({ listeners, tls }) => tls.certificate !== undefined || !wantsCertificate(listeners), {
    path: ["tls", "certificate"],
    error: "the path of a PEM file, as there is a TLS listener without a certificate of its own",
  })
  .refine(({ tls }) => (tls.certificate === undefined) === (tls.key === undefined), {
    path: ["tls", "key"],
    error: "the path of a PEM file together with tls.certificate, or neither",
  });

/** Whether a TLS listener has no certificate of its own. */
function wantsCertificate({ mqtts, https }: Pick<Config["listeners"], "mqtts" | "https">): boolean {
  return [...mqtts, ...https].some(({ certificate }) => certificate === undefined);
}

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
