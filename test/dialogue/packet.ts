/**
 * MQTT packets as plain data, the same for every version.
 *
 * This codec belongs to the tests and shares no line with the broker's, so that one mistake cannot
 * hide another. It says what a client may say and also what it may not: nothing here validates what a
 * test sends.
 */

/** 3 is MQTT 3.1, 4 is MQTT 3.1.1, 5 is MQTT 5.0: the protocol level of CONNECT. */
export type ProtocolVersion = 3 | 4 | 5;

/** 3 is illegal, and here so that a test can send it. */
export type QualityOfService = 0 | 1 | 2 | 3;

/**
 * The properties of MQTT 5 by name; v5 §2.2.2.2. A property that may repeat is a list. Binary data is
 * a string with one character (U+0000 to U+00FF) for each byte.
 */
export interface Properties {
  payloadFormatIndicator?: number;
  messageExpiryInterval?: number;
  contentType?: string;
  responseTopic?: string;
  correlationData?: string;
  subscriptionIdentifiers?: readonly number[];
  sessionExpiryInterval?: number;
  assignedClientIdentifier?: string;
  serverKeepAlive?: number;
  authenticationMethod?: string;
  authenticationData?: string;
  requestProblemInformation?: number;
  willDelayInterval?: number;
  requestResponseInformation?: number;
  responseInformation?: string;
  serverReference?: string;
  reasonString?: string;
  receiveMaximum?: number;
  topicAliasMaximum?: number;
  topicAlias?: number;
  maximumQoS?: number;
  retainAvailable?: number;
  userProperties?: readonly (readonly [string, string])[];
  maximumPacketSize?: number;
  wildcardSubscriptionAvailable?: number;
  subscriptionIdentifiersAvailable?: number;
  sharedSubscriptionAvailable?: number;
}

/** A will as CONNECT carries it. */
export interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QualityOfService;
  readonly retain: boolean;
  readonly properties: Properties;
}

export interface Connect {
  readonly type: "connect";
  readonly protocolName: string;
  readonly version: ProtocolVersion;
  readonly cleanStart: boolean;
  readonly keepAliveSeconds: number;
  readonly clientId: string;
  readonly will?: Will;
  readonly userName?: string;
  readonly password?: string | Uint8Array;
  readonly properties: Properties;
}

export interface Connack {
  readonly type: "connack";
  readonly sessionPresent: boolean;
  readonly reason: number;
  readonly properties: Properties;
}

export interface Publish {
  readonly type: "publish";
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QualityOfService;
  readonly retain: boolean;
  readonly dup: boolean;
  /** Undefined at QoS 0; in an expectation, undefined stands for any identifier but 0. */
  readonly id?: number;
  readonly properties: Properties;
}

/** The four acknowledgements of a PUBLISH, which share their layout. */
export interface PublishAcknowledgement {
  readonly type: "puback" | "pubrec" | "pubrel" | "pubcomp";
  readonly id: number;
  readonly reason: number;
  readonly properties: Properties;
}

/** One topic filter of a SUBSCRIBE with its Subscription Options. */
export interface Subscription {
  readonly filter: string;
  readonly qos: QualityOfService;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly retainHandling: number;
}

export interface Subscribe {
  readonly type: "subscribe";
  readonly id: number;
  readonly subscriptions: readonly Subscription[];
  readonly properties: Properties;
}

export interface Unsubscribe {
  readonly type: "unsubscribe";
  readonly id: number;
  readonly filters: readonly string[];
  readonly properties: Properties;
}

/** SUBACK and UNSUBACK; UNSUBACK has no reasons before version 5. */
export interface SubscribeAcknowledgement {
  readonly type: "suback" | "unsuback";
  readonly id: number;
  readonly reasons: readonly number[];
  readonly properties: Properties;
}

export interface Ping {
  readonly type: "pingreq" | "pingresp";
}

/** DISCONNECT and AUTH; before version 5 DISCONNECT is empty. */
export interface Ending {
  readonly type: "disconnect" | "auth";
  readonly reason: number;
  readonly properties: Properties;
}

export type Packet =
  | Connect
  | Connack
  | Publish
  | PublishAcknowledgement
  | Subscribe
  | Unsubscribe
  | SubscribeAcknowledgement
  | Ping
  | Ending;

/** The packet types in the order of their numbers; place 0 is reserved. */
export const packetTypes = [
  "reserved",
  "connect",
  "connack",
  "publish",
  "puback",
  "pubrec",
  "pubrel",
  "pubcomp",
  "subscribe",
  "suback",
  "unsubscribe",
  "unsuback",
  "pingreq",
  "pingresp",
  "disconnect",
  "auth",
] as const;
