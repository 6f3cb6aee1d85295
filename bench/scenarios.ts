import type { Load, LoadScenario, ModeScenario, Scenario } from "./scenario.ts";

const base: Load = {
  publishers: 10,
  subscribers: 10,
  topics: 10,
  qos: 0,
  payloadBytes: 64,
  window: 1000,
  protocol: "3.1.1",
  carrier: "tcp",
};

/**
 * For absent subscribers. The warm-up is short, since its messages wait in the queues as well, and the generator stops
 * early at 900,000 messages: Heliograph's default is 100,000 for a session.
 */
const offline = { publishers: 10, subscribers: 10, topics: 10, qos: 1, "payload-bytes": 64, window: 100 };

/**
 * The window is larger than what sockets hold, so that publishers are always held back by TCP: what a broker reads and
 * cannot pass on yet would show as memory.
 */
const soak = {
  publishers: 50,
  subscribers: 50,
  topics: 50,
  qos: 0,
  "payload-bytes": 64,
  window: 5000,
  "warm-up-seconds": 5,
};

/**
 * The goals are those of the design for machines that have only Debian's mosquitto 2.0; for persistent sessions it is
 * to be no slower than a mosquitto that keeps nothing.
 */
const throughput: readonly LoadScenario[] = [
  {
    name: "qos0-pairs",
    title: "10 → 10, QoS 0, pipelined",
    question: "throughput",
    load: base,
    goal: 39,
  },
  {
    name: "fan-in",
    title: "100 → 1 wildcard subscriber, QoS 0",
    question: "throughput",
    load: { ...base, publishers: 100, subscribers: 1, topics: 100, wildcard: true, window: 100 },
    goal: 23,
  },
  {
    name: "fan-out",
    title: "1 → 100, QoS 0",
    question: "throughput",
    load: { ...base, publishers: 1, subscribers: 100, topics: 1, window: 500 },
    goal: 32,
  },
  {
    name: "qos1-pairs",
    title: "10 → 10, QoS 1, 100 in flight",
    question: "throughput",
    load: { ...base, qos: 1, window: 100 },
    goal: 23,
  },
  {
    name: "qos2-pairs",
    title: "10 → 10, QoS 2, 15 in flight",
    question: "throughput",
    load: { ...base, qos: 2, window: 15 },
    goal: 13,
  },
  {
    name: "one-in-flight",
    title: "100 pairs, QoS 0, one message in flight each",
    question: "throughput",
    load: { ...base, publishers: 100, subscribers: 100, topics: 100, window: 1 },
    goal: 1.4,
  },
  {
    name: "v5",
    title: "10 → 10, QoS 0, MQTT 5 without properties",
    question: "throughput",
    load: { ...base, protocol: "5" },
  },
  {
    name: "v5-properties",
    title: "10 → 10, QoS 0, MQTT 5 with two user properties",
    question: "throughput",
    load: { ...base, protocol: "5", userProperties: [["site", "north"], ["unit", "kelvin"]] },
    against: { scenario: "qos0-pairs", goal: 0.8 },
  },
  {
    name: "websocket",
    title: "10 → 10, QoS 0, WebSocket, one packet per frame",
    question: "throughput",
    load: { ...base, carrier: "websocket" },
  },
  {
    name: "tls",
    title: "10 → 10, QoS 0, TLS",
    question: "throughput",
    load: { ...base, carrier: "tls" },
  },
  {
    name: "persistent",
    title: "10 → 10 persistent sessions, QoS 1, 100 in flight",
    question: "throughput",
    load: { ...base, qos: 1, window: 100, persistent: true },
    goal: 1,
  },
];

/** What access control costs: the same work with everything allowed, and with rights in ever more topic spaces. */
const access: readonly LoadScenario[] = [
  ...[0, 1, 100, 10_000].map((topicSpaces) =>
    accessScenario(topicSpaces, { work: "10 → 10, QoS 0", load: base })
  ),
  ...[0, 10_000].map((topicSpaces) =>
    accessScenario(topicSpaces, {
      suffix: "-qos1",
      work: "10 → 10, QoS 1",
      load: { ...base, qos: 1, window: 100 },
    })
  ),
];

function accessScenario(
  topicSpaces: number,
  { suffix = "", work, load }: { readonly suffix?: string; readonly work: string; readonly load: Load },
): LoadScenario {
  const shared = { question: "throughput", group: `access${suffix}`, topicSpaces, load } as const;
  const off = `access-off${suffix}`;
  if (topicSpaces === 0) return { ...shared, name: off, title: `${work}, everything allowed` };
  const spaces = topicSpaces === 1 ? "1 topic space" : `${topicSpaces.toLocaleString("en")} topic spaces`;
  return {
    ...shared,
    name: `access-${topicSpaces}${suffix}`,
    title: `${work}, ${spaces}`,
    against: { scenario: off, goal: 0.8 },
  };
}

const latency: readonly LoadScenario[] = [
  {
    name: "latency",
    title: "50 → 50, QoS 0, 10,000 messages per second",
    question: "latency",
    load: { ...base, publishers: 50, subscribers: 50, topics: 50, rate: 10_000 },
    goal: 1,
  },
  {
    name: "puback",
    title: "10 → 10 persistent sessions, QoS 1, 1,000 messages per second",
    question: "latency",
    load: { ...base, qos: 1, window: 100, persistent: true, rate: 1000 },
    commitsGoal: 3,
  },
];

/** Clients that do nothing but connect. */
const handshakes = {
  question: "mode",
  mode: "handshakes",
  carrier: "tls",
  options: { clients: 16, seconds: 5 },
  quick: { clients: 16, seconds: 1 },
  figures: [
    { title: "full handshakes/s", path: "full.connectionsPerSecond", unit: "perSecond" },
    { title: "CPU µs each", path: "full.brokerCpuUs", unit: "count" },
    { title: "generator CPU", path: "full.generatorCpu", unit: "share" },
    { title: "where sessions may be resumed", path: "resumed.connectionsPerSecond", unit: "perSecond" },
    { title: "resumed of these", path: "resumed.resumedShare", unit: "share" },
    { title: "CPU µs each", path: "resumed.brokerCpuUs", unit: "count" },
    { title: "generator CPU", path: "resumed.generatorCpu", unit: "share" },
  ],
} satisfies Partial<ModeScenario>;

const modes: readonly ModeScenario[] = [
  {
    name: "offline",
    title: "10 → 10 persistent sessions that are away, QoS 1, 100 in flight; then they come back",
    question: "mode",
    mode: "offline",
    options: { ...offline, "warm-up-seconds": 0.1, seconds: 5 },
    quick: { ...offline, "warm-up-seconds": 0.1, seconds: 0.5 },
    figures: [
      { title: "acknowledged/s", path: "acknowledgedPerSecond", unit: "perSecond", goal: 1 },
      { title: "delivered/s on return", path: "deliveredPerSecond", unit: "perSecond" },
      { title: "CPU µs/message acknowledged", path: "broker.cpuUsPerMessage", unit: "count" },
      { title: "CPU µs/message delivered", path: "delivery.cpuUsPerMessage", unit: "count" },
      { title: "resident with all", path: "broker.residentBytes", unit: "mebibytes" },
      { title: "generator CPU", path: "generatorCpu", unit: "share" },
      { title: "others' CPU", path: "othersCpu", unit: "share" },
    ],
  },
  {
    name: "idle",
    title: "10,000 idle connections",
    question: "mode",
    mode: "idle",
    options: { connections: 10_000 },
    quick: { connections: 1000, seconds: 0.5 },
    roundsMax: 3,
    figures: [
      { title: "resident per connection", path: "bytesPerConnection", unit: "bytes" },
      { title: "connections/s", path: "connectionsPerSecond", unit: "perSecond" },
      { title: "CPU while idle", path: "idleCpu", unit: "share" },
    ],
  },
  {
    name: "idle-tls",
    title: "10,000 idle connections over TLS",
    question: "mode",
    mode: "idle",
    carrier: "tls",
    options: { connections: 10_000 },
    quick: { connections: 1000, seconds: 0.5 },
    roundsMax: 3,
    // They are opened one after the other, so how fast says nothing; that is the question of `handshakes`.
    figures: [
      { title: "resident per connection", path: "bytesPerConnection", unit: "bytes" },
      { title: "CPU while idle", path: "idleCpu", unit: "share" },
    ],
  },
  {
    ...handshakes,
    name: "handshakes",
    title: "16 clients that connect over TLS, are accepted and leave, again and again",
  },
  {
    ...handshakes,
    name: "handshakes-mutual",
    title: "16 clients that connect over TLS with a certificate, are accepted and leave, again and again",
    clientCertificate: true,
  },
  {
    name: "soak",
    title: "50 → 50, QoS 0, TLS, as fast as it goes, for long",
    question: "mode",
    mode: "soak",
    carrier: "tls",
    options: { ...soak, seconds: 600, "step-seconds": 10 },
    quick: { ...soak, seconds: 3, "step-seconds": 0.5 },
    roundsMax: 1,
    byNameOnly: true,
    figures: [
      { title: "seconds", path: "seconds", unit: "count" },
      { title: "messages/s", path: "messagesPerSecond", unit: "perSecond" },
      { title: "resident first", path: "firstBytes", unit: "mebibytes" },
      { title: "last", path: "lastBytes", unit: "mebibytes" },
      { title: "max", path: "maxBytes", unit: "mebibytes" },
      { title: "growth", path: "growthBytes", unit: "mebibytes" },
      { title: "growth in the second half", path: "growthOfSecondHalfBytes", unit: "mebibytes" },
      { title: "generator CPU", path: "generatorCpu", unit: "share" },
    ],
  },
  {
    name: "churn",
    title: "15,000 connections opened and closed ten times",
    question: "mode",
    mode: "churn",
    options: { connections: 15_000, rounds: 10 },
    quick: { connections: 1000, rounds: 3 },
    roundsMax: 1,
    figures: [
      { title: "resident before", path: "residentBytesBefore", unit: "mebibytes" },
      { title: "after the 2nd time", path: "residentBytes.1", unit: "mebibytes" },
      { title: "growth from 2nd to last", path: "growthBytes", unit: "mebibytes" },
      { title: "connections/s", path: "connectionsPerSecond", unit: "perSecond" },
    ],
  },
  {
    name: "fanout-stall",
    title: "One 64 KiB chunk of publishes to 10,000 subscribers, and a client that pings",
    question: "mode",
    mode: "fanout-stall",
    options: { subscribers: 10_000 },
    quick: { subscribers: 500, seconds: 0.5 },
    roundsMax: 3,
    figures: [
      { title: "messages/s", path: "messagesPerSecond", unit: "perSecond" },
      { title: "ping p99 before", path: "pingIdle.p99Us", unit: "milliseconds" },
      { title: "ping p99 during", path: "pingDuring.p99Us", unit: "milliseconds" },
      { title: "ping max during", path: "pingDuring.maxUs", unit: "milliseconds" },
    ],
  },
  {
    name: "changes",
    title: "1,000 messages per second past 15,000 connections whose rights change",
    question: "mode",
    mode: "changes",
    // A minute and a half passes before anything is measured: passwords are hashed on purpose at length.
    options: { users: 150, sessions: 100, rate: 1000, seconds: 10 },
    quick: { users: 5, sessions: 100, rate: 1000, seconds: 2 },
    roundsMax: 3,
    byNameOnly: true,
    parts: [
      { title: "no change", path: "unchanged" },
      { title: "a binding of all is added: nobody loses", path: "addedBinding" },
      { title: "a variable is added to a topic space of all: nobody loses", path: "addedVariable" },
      { title: "a binding of one user is removed: 100 lose", path: "removedBindingOfFew" },
      { title: "a binding of all is removed: 14,900 lose", path: "removedBindingOfAll" },
    ],
    figures: [
      { title: "latency p50", path: "latency.p50Us", unit: "milliseconds" },
      { title: "p99", path: "latency.p99Us", unit: "milliseconds" },
      { title: "longest stall", path: "latency.maxUs", unit: "milliseconds" },
      { title: "× no change", path: "stallRatio", unit: "ratio" },
      { title: "generator late at most", path: "sendLag.maxUs", unit: "milliseconds" },
      { title: "change answered after", path: "answeredSeconds", unit: "seconds" },
      { title: "in force after", path: "inForceSeconds", unit: "seconds" },
      { title: "disconnected", path: "disconnected", unit: "count" },
      { title: "broker's CPU time", path: "broker.cpuSeconds", unit: "seconds" },
      { title: "others' CPU", path: "othersCpu", unit: "share" },
    ],
  },
  {
    name: "retained-flood",
    title: "100,000 retained messages and a new # subscriber, and a client that pings",
    question: "mode",
    mode: "retained-flood",
    options: { messages: 100_000 },
    quick: { messages: 5000, seconds: 0.5 },
    figures: [
      { title: "set/s", path: "setPerSecond", unit: "perSecond" },
      { title: "replayed/s", path: "messagesPerSecond", unit: "perSecond" },
      { title: "ping p99 before", path: "pingIdle.p99Us", unit: "milliseconds" },
      { title: "ping max during", path: "pingDuring.maxUs", unit: "milliseconds" },
      { title: "resident with all", path: "residentBytesRetained", unit: "mebibytes" },
      { title: "peak", path: "peakBytes", unit: "mebibytes" },
    ],
  },
  {
    name: "megabyte",
    title: "1 MiB to 1,000 subscribers who do not read for a second",
    question: "mode",
    mode: "megabyte",
    options: { subscribers: 1000 },
    quick: { subscribers: 100 },
    roundsMax: 3,
    figures: [
      { title: "growth at the peak", path: "growthBytes", unit: "mebibytes" },
      { title: "delivery", path: "deliverySeconds", unit: "seconds" },
    ],
  },
  {
    name: "subscriptions",
    title: "1,000,000 subscriptions of 100 clients",
    question: "mode",
    mode: "subscriptions",
    options: { clients: 100, filters: 10_000 },
    quick: { clients: 10, filters: 1000 },
    roundsMax: 1,
    figures: [
      { title: "resident per subscription", path: "bytesPerSubscription", unit: "bytes" },
      { title: "subscriptions/s", path: "subscriptionsPerSecond", unit: "perSecond" },
      { title: "round trip p50 without", path: "roundTripBefore.p50Us", unit: "milliseconds" },
      { title: "round trip p50 with", path: "roundTripAfter.p50Us", unit: "milliseconds" },
    ],
  },
];

/** Every scenario, in the order of the tables. */
export const scenarios: readonly Scenario[] = [...throughput, ...access, ...latency, ...modes];

/** Those of a run that names none. */
export const usualScenarios: readonly Scenario[] = scenarios.filter(({ byNameOnly }) => byNameOnly !== true);
