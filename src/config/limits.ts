/**
 * Every bound of the broker, as data. This table makes the schema, the reference page and the numbers that the core is
 * given; `core-rs/engine` knows each limit by the same key.
 */

/** A limit that is a number. */
export interface NumberLimit {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  /** What it protects, and why the default is what it is. */
  readonly reason: string;
  /** What happens to whoever reaches it. */
  readonly result: string;
}

/** A feature of the standard that can be switched off. On unless told otherwise. */
export interface Switch {
  readonly reason: string;
  /** What happens to whoever uses it while it is off. */
  readonly result: string;
}

const mib = 1024 * 1024;
const gib = 1024 * mib;

/** The largest packet that the standard can express: a Remaining Length of 268,435,455, and its fixed header. */
const protocolPacketBytes = 268_435_460;
const uint16 = 65_535;
const uint32 = 4_294_967_295;

export const numberLimits = {
  packetBytesMax: {
    default: 2_000_000,
    min: 64,
    max: protocolPacketBytes,
    unit: "bytes",
    reason: "a whole packet from a client; told to v5 clients as Maximum Packet Size",
    result: "v5 DISCONNECT 0x95, v3 closed",
  },
  connectPacketBytesMax: {
    default: 524_288,
    min: 64,
    max: protocolPacketBytes,
    unit: "bytes",
    reason: "a CONNECT: the most that a connection holds before anyone knows who it is",
    result: "closed",
  },
  preAuthBytesMax: {
    default: 64 * mib,
    min: 64,
    max: 4 * gib,
    unit: "bytes",
    reason: "all connections together, before they are authenticated",
    result: "they are not read until others are done",
  },
  receiveMaximum: {
    default: 1000,
    min: 1,
    max: uint16,
    unit: "messages",
    reason: "QoS 1 and 2 messages from one client that we have not acknowledged; told to v5 clients",
    result: "v5 DISCONNECT 0x93, v3 closed",
  },
  topicAliasMaximum: {
    default: 10,
    min: 0,
    max: uint16,
    unit: "aliases",
    reason: "topic aliases that a client may set; each one holds a topic for as long as its connection lasts",
    result: "v5 DISCONNECT 0x94",
  },
  topicAliasMaximumOut: {
    default: 10,
    min: 0,
    max: uint16,
    unit: "aliases",
    reason: "topic aliases that we set towards a client that allows them",
    result: "further topics are sent in full",
  },
  inFlightMax: {
    default: 100,
    min: 1,
    max: uint16,
    unit: "messages",
    reason:
      "QoS 1 and 2 messages sent to a client that it has not acknowledged; its own Receive Maximum may be less",
    result: "further messages wait in its queue",
  },
  queueMessagesMax: {
    default: 100_000,
    min: 0,
    max: uint32,
    unit: "messages",
    reason: "messages that wait for one session, connected or not",
    result: "as `queuePolicy` says",
  },
  queueBytesMax: {
    default: 64 * mib,
    min: 0,
    max: 4 * gib,
    unit: "bytes",
    reason: "the same, in bytes: one absent client must not take the memory of all",
    result: "as `queuePolicy` says",
  },
  keepAliveSecondsMax: {
    default: uint16,
    min: 1,
    max: uint16,
    unit: "seconds",
    reason:
      "the keep alive of a client; 65,535 is the protocol's own maximum and leaves also 0, which means none",
    result: "v5 gets this value as Server Keep Alive; v3 is held to it",
  },
  connectTimeoutSeconds: {
    default: 10,
    min: 1,
    max: 3600,
    unit: "seconds",
    reason: "from the opened connection to its CONNACK",
    result: "closed",
  },
  sessionExpirySecondsMax: {
    default: uint32,
    min: 0,
    max: uint32,
    unit: "seconds",
    reason: "how long a session outlives its connection; 4,294,967,295 means for ever",
    result: "cut to this value, and a v5 CONNACK says so",
  },
  connectionsMax: {
    default: 15_000,
    min: 1,
    max: 10_000_000,
    unit: "connections",
    reason: "open connections; the listener lowers it further, below the system's limit of descriptors",
    result: "refused before a byte is read",
  },
  sessionsMax: {
    default: 1_000_000,
    min: 1,
    max: 100_000_000,
    unit: "sessions",
    reason: "sessions, connected or not",
    result: "v5 CONNACK 0x97, v3 code 3",
  },
  topicBytesMax: {
    default: uint16,
    min: 1,
    max: uint16,
    unit: "bytes",
    reason: "a topic name or filter; the default is the protocol's own maximum",
    result: "v5 0x90 (name) or 0x8F (filter), v3 closed",
  },
  topicLevelsMax: {
    default: 128,
    min: 1,
    max: uint16 + 1,
    unit: "levels",
    reason: "levels of a topic name or filter: matching costs a step for each",
    result: "v5 0x90 (name) or 0x8F (filter), v3 closed",
  },
  filtersPerPacketMax: {
    default: 1000,
    min: 1,
    max: 1_000_000,
    unit: "filters",
    reason: "filters in one SUBSCRIBE or UNSUBSCRIBE",
    result: "0x97 for each further one (v3 0x80)",
  },
  subscriptionsPerSessionMax: {
    default: 10_000,
    min: 1,
    max: 100_000_000,
    unit: "subscriptions",
    reason: "subscriptions of one session",
    result: "SUBACK 0x97, v3 0x80",
  },
  subscriptionsMax: {
    default: 10_000_000,
    min: 1,
    max: 100_000_000,
    unit: "subscriptions",
    reason: "subscriptions in all; about 200 bytes each",
    result: "SUBACK 0x97, v3 0x80",
  },
  userPropertyBytesMax: {
    default: 65_536,
    min: 0,
    max: protocolPacketBytes,
    unit: "bytes",
    reason: "all user properties of one packet, which are carried along and kept with the message",
    result: "v5 0x97",
  },
  retainedMessagesMax: {
    default: 1_000_000,
    min: 0,
    max: 100_000_000,
    unit: "messages",
    reason: "retained messages",
    result: "v5 0x97; v3 is acknowledged, and the message delivered but not retained",
  },
  retainedBytesMax: {
    default: gib,
    min: 0,
    max: 4 * gib,
    unit: "bytes",
    reason: "all retained messages",
    result: "as `retainedMessagesMax`",
  },
  retainedMessageBytesMax: {
    default: 2_000_000,
    min: 0,
    max: protocolPacketBytes,
    unit: "bytes",
    reason: "one retained message; the default is that of `packetBytesMax`, which bounds it too",
    result: "as `retainedMessagesMax`",
  },
  connectRatePerSecondMax: {
    default: 0,
    min: 0,
    max: uint32,
    unit: "CONNECTs per second",
    reason: "CONNECTs in all; 0 for no limit",
    result: "v5 CONNACK 0x9F, v3 code 3",
  },
  publishRatePerSecondMax: {
    default: 0,
    min: 0,
    max: uint32,
    unit: "PUBLISHes per second",
    reason: "PUBLISHes of one connection; 0 for no limit",
    result: "v5 DISCONNECT 0x96, v3 closed",
  },
  qosMax: {
    default: 2,
    min: 0,
    max: 2,
    unit: "QoS",
    reason: "the highest QoS of a PUBLISH and a will; told to v5 clients",
    result: "v5 0x9B, v3 closed; a subscription is granted no more",
  },
  outboxBytesMax: {
    default: 16 * mib,
    min: 1024,
    max: gib,
    unit: "bytes",
    reason: "what waits to be written to one connection: the price of a slow reader",
    result: "QoS 0 messages for it are dropped and counted, the rest waits in its queue, and it is not read",
  },
  memorySoftBytes: {
    default: 1.5 * gib,
    min: 4096,
    max: 4 * gib,
    unit: "bytes",
    reason: "the broker's memory; WebAssembly ends at 4 GiB, and must not get near",
    result: "publishers are not read until there is less",
  },
  memoryHardBytes: {
    default: 2 * gib,
    min: 4096,
    max: 4 * gib,
    unit: "bytes",
    reason: "the same, at its end",
    result: "CONNECT and PUBLISH are refused with 0x97 (v3 closed)",
  },
  bodyCacheBytes: {
    default: 256 * mib,
    min: 0,
    max: 4 * gib,
    unit: "bytes",
    reason: "message contents that are kept in memory although the store has them",
    result: "contents leave memory, and are read back when they are to be sent",
  },
  workUnits: {
    default: 4096,
    min: 1,
    max: 1_000_000,
    unit: "packets, deliveries and visited nodes",
    reason: "how much one turn does before others get theirs: fewer is fairer, more is faster",
    result: "the rest goes on in the next turn",
  },
  largeBodyBytes: {
    default: 8192,
    min: 64,
    max: protocolPacketBytes,
    unit: "bytes",
    reason: "from here on a payload is stored once for all its subscribers instead of copied for each",
    result: "one more write per connection, far less memory",
  },
  sysIntervalSeconds: {
    default: 10,
    min: 0,
    max: 86_400,
    unit: "seconds",
    reason: "between two publications of the `$SYS/broker` counters; 0 for none",
    result: "none",
  },
} as const satisfies Readonly<Record<string, NumberLimit>>;

export const switches = {
  retainAvailable: { reason: "whether messages may be retained", result: "v5 0x9A, v3 closed" },
  wildcardAvailable: { reason: "whether filters may hold wildcards", result: "v5 0xA2, v3 0x80" },
  sharedAvailable: { reason: "whether there are shared subscriptions", result: "v5 0x9E, v3 0x80" },
  subscriptionIdentifiersAvailable: {
    reason: "whether a SUBSCRIBE may carry a subscription identifier",
    result: "v5 DISCONNECT 0xA1",
  },
} as const satisfies Readonly<Record<string, Switch>>;

/** What a full queue does, in the order of the numbers that the core knows them by. */
export const queuePolicies = ["refuse-new", "drop-oldest", "end-session"] as const;

export type QueuePolicy = typeof queuePolicies[number];
export type NumberLimitKey = keyof typeof numberLimits;
export type SwitchKey = keyof typeof switches;

/** The limits of one broker. */
export type Limits =
  & { readonly [Key in NumberLimitKey]: number }
  & { readonly [Key in SwitchKey]: boolean }
  & { readonly queuePolicy: QueuePolicy };

/** The limits as the core takes them: the key, and a number; a switch is 0 or 1, a policy its place in the list. */
export function limitNumbers(limits: Limits): [key: keyof Limits, value: number][] {
  return [
    ...keysOf(numberLimits).map((key): [keyof Limits, number] => [key, limits[key]]),
    ...keysOf(switches).map((key): [keyof Limits, number] => [key, Number(limits[key])]),
    ["queuePolicy", queuePolicies.indexOf(limits.queuePolicy)],
  ];
}

/** The keys of a table, in its order. */
export function keysOf<Key extends string>(table: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(table) as Key[];
}
