/**
 * Packets in one call each, with the defaults that make a dialogue short. The same calls say what a
 * test sends and what it expects.
 */
import type {
  Connack,
  Connect,
  Ending,
  Ping,
  Properties,
  ProtocolVersion,
  Publish,
  PublishAcknowledgement,
  QualityOfService,
  Subscribe,
  SubscribeAcknowledgement,
  Subscription,
  Unsubscribe,
  Will,
} from "./packet.ts";

/** A will as a test says it. */
export interface WillOptions {
  readonly topic: string;
  readonly payload?: string | Uint8Array;
  readonly qos?: QualityOfService;
  readonly retain?: boolean;
  readonly properties?: Properties;
}

/** What a test may say of a CONNECT; a client identifier that is not given is fresh. */
export interface ConnectOptions {
  readonly version?: ProtocolVersion;
  readonly protocolName?: string;
  readonly clientId?: string;
  readonly cleanStart?: boolean;
  readonly keepAliveSeconds?: number;
  readonly will?: WillOptions;
  readonly userName?: string;
  readonly password?: string | Uint8Array;
  readonly properties?: Properties;
}

export interface PublishOptions {
  readonly payload?: string | Uint8Array;
  readonly qos?: QualityOfService;
  readonly id?: number;
  readonly retain?: boolean;
  readonly dup?: boolean;
  readonly properties?: Properties;
}

export type SubscriptionOptions = Partial<Omit<Subscription, "filter">>;

let freshNumber = 0;

/** A name that no other dialogue of this test run has: for client identifiers and topics. */
export function fresh(prefix: string): string {
  freshNumber += 1;
  return `${prefix}${freshNumber}`;
}

/** CONNECT; version 5 and Clean Start unless told otherwise. */
export function connect(options: ConnectOptions = {}): Connect {
  const version = options.version ?? 5;
  return {
    type: "connect",
    protocolName: options.protocolName ?? (version === 3 ? "MQIsdp" : "MQTT"),
    version,
    cleanStart: options.cleanStart ?? true,
    keepAliveSeconds: options.keepAliveSeconds ?? 60,
    clientId: options.clientId ?? fresh("client"),
    will: options.will === undefined ? undefined : will(options.will),
    userName: options.userName,
    password: options.password,
    properties: options.properties ?? {},
  };
}

function will(options: WillOptions): Will {
  return {
    topic: options.topic,
    payload: payloadBytes(options.payload),
    qos: options.qos ?? 0,
    retain: options.retain ?? false,
    properties: options.properties ?? {},
  };
}

/**
 * CONNACK. In an expectation, the properties by which a server announces its limits may stand beside
 * those named here (a test that means them compares `capabilities` itself); all others must be equal.
 */
export function connack(options: Partial<Omit<Connack, "type">> = {}): Connack {
  return { type: "connack", sessionPresent: false, reason: 0, properties: {}, ...options };
}

/** PUBLISH; as an expectation, a missing `id` at QoS 1 and 2 stands for any. */
export function publish(topic: string, options: PublishOptions = {}): Publish {
  return {
    type: "publish",
    topic,
    payload: payloadBytes(options.payload),
    qos: options.qos ?? 0,
    retain: options.retain ?? false,
    dup: options.dup ?? false,
    id: options.id,
    properties: options.properties ?? {},
  };
}

export function puback(id: number, reason = 0, properties: Properties = {}): PublishAcknowledgement {
  return { type: "puback", id, reason, properties };
}

export function pubrec(id: number, reason = 0, properties: Properties = {}): PublishAcknowledgement {
  return { type: "pubrec", id, reason, properties };
}

export function pubrel(id: number, reason = 0, properties: Properties = {}): PublishAcknowledgement {
  return { type: "pubrel", id, reason, properties };
}

export function pubcomp(id: number, reason = 0, properties: Properties = {}): PublishAcknowledgement {
  return { type: "pubcomp", id, reason, properties };
}

/** One filter of a SUBSCRIBE. */
export function filter(name: string, options: SubscriptionOptions = {}): Subscription {
  return { filter: name, qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0, ...options };
}

export function subscribe(
  id: number,
  subscriptions: readonly Subscription[],
  properties: Properties = {},
): Subscribe {
  return { type: "subscribe", id, subscriptions, properties };
}

export function suback(
  id: number,
  reasons: readonly number[],
  properties: Properties = {},
): SubscribeAcknowledgement {
  return { type: "suback", id, reasons, properties };
}

export function unsubscribe(
  id: number,
  filters: readonly string[],
  properties: Properties = {},
): Unsubscribe {
  return { type: "unsubscribe", id, filters, properties };
}

/** UNSUBACK; versions before 5 have no reasons. */
export function unsuback(
  id: number,
  reasons: readonly number[] = [],
  properties: Properties = {},
): SubscribeAcknowledgement {
  return { type: "unsuback", id, reasons, properties };
}

export function pingreq(): Ping {
  return { type: "pingreq" };
}

export function pingresp(): Ping {
  return { type: "pingresp" };
}

export function disconnect(reason = 0, properties: Properties = {}): Ending {
  return { type: "disconnect", reason, properties };
}

export function auth(reason: number, properties: Properties = {}): Ending {
  return { type: "auth", reason, properties };
}

function payloadBytes(payload: string | Uint8Array = ""): Uint8Array {
  return typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
}
