import { readdirSync, readFileSync } from "node:fs";
import {
  auth,
  connack,
  disconnect,
  filter,
  pingreq,
  pingresp,
  publish,
  subscribe,
  type SubscriptionOptions,
  unsubscribe,
} from "./build.ts";
import { bytes } from "./bytes.ts";
import type { Connect, Packet, Properties, ProtocolVersion, QualityOfService, Will } from "./packet.ts";

/** One line of `test/vectors`; see the README there. */
export interface Vector {
  readonly name: string;
  readonly clause?: string;
  readonly version: "3.1" | "3.1.1" | "5.0";
  readonly direction: "client-to-server" | "server-to-client";
  readonly hex: string;
  readonly canonical?: boolean;
  readonly expect: VectorFields;
}

interface VectorFields {
  readonly type?: string;
  readonly refused?: string;
  readonly answer?: string;
  readonly partial?: unknown;
  readonly bridge?: boolean;
  readonly cleanStart?: boolean;
  readonly keepAlive?: number;
  readonly clientId?: string;
  readonly username?: string;
  readonly password?: string;
  readonly will?: VectorWill;
  readonly sessionPresent?: boolean;
  readonly reason?: string;
  readonly reasons?: readonly string[];
  readonly packetId?: number;
  readonly dup?: boolean;
  readonly qos?: QualityOfService;
  readonly retain?: boolean;
  readonly topic?: string;
  readonly payload?: string;
  readonly subscriptions?: readonly ({ readonly filter: string } & SubscriptionOptions)[];
  readonly filters?: readonly string[];
  readonly properties?: Readonly<Record<string, unknown>>;
}

interface VectorWill {
  readonly topic: string;
  readonly payload: string;
  readonly qos: QualityOfService;
  readonly retain: boolean;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** All golden vectors of one direction, with the file that each is from. */
export function vectorsOf(direction: Vector["direction"]): { file: string; vector: Vector }[] {
  const folder = new URL("../vectors/", import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith(".json")).toSorted();
  return files.flatMap((file) => {
    const vectors: Vector[] = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
    return vectors.filter((vector) => vector.direction === direction).map((vector) => ({ file, vector }));
  });
}

export function vectorVersion({ version }: Vector): ProtocolVersion {
  return version === "3.1" ? 3 : version === "3.1.1" ? 4 : 5;
}

/**
 * The packet that a vector describes, in the words of this codec.
 *
 * @throws {TypeError} for a vector that describes none
 */
export function packetOf(vector: Vector): Packet {
  const { expect } = vector;
  const id = expect.packetId ?? 0;
  const reason = Number(expect.reason ?? 0);
  const reasons = (expect.reasons ?? []).map(Number);
  const properties = propertiesOf(expect.properties);
  switch (expect.type) {
    case "CONNECT":
      return connectOf(vector);
    case "CONNACK":
      return connack({ sessionPresent: expect.sessionPresent ?? false, reason, properties });
    case "PUBLISH":
      return publishOf(vector);
    case "PUBACK":
    case "PUBREC":
    case "PUBREL":
    case "PUBCOMP":
      return { type: lower(expect.type), id, reason, properties };
    case "SUBSCRIBE":
      return subscribe(
        id,
        (expect.subscriptions ?? []).map((one) => filter(one.filter, handlingOf(one))),
        properties,
      );
    case "UNSUBSCRIBE":
      return unsubscribe(id, expect.filters ?? [], properties);
    case "SUBACK":
    case "UNSUBACK":
      return { type: lower(expect.type), id, reasons, properties };
    case "PINGREQ":
      return pingreq();
    case "PINGRESP":
      return pingresp();
    case "DISCONNECT":
      return disconnect(reason, properties);
    case "AUTH":
      return auth(reason, properties);
    default:
      throw new TypeError(`Cannot make a packet of ${vector.name}: ${expect.type} is no type`);
  }
}

function lower<Name extends string>(name: Name): Lowercase<Name> {
  return name.toLowerCase() as Lowercase<Name>;
}

function connectOf(vector: Vector): Connect {
  const { expect } = vector;
  const version = vectorVersion(vector);
  return {
    type: "connect",
    protocolName: version === 3 ? "MQIsdp" : "MQTT",
    version,
    cleanStart: expect.cleanStart ?? false,
    keepAliveSeconds: expect.keepAlive ?? 0,
    clientId: expect.clientId ?? "",
    will: expect.will === undefined ? undefined : willOf(expect.will),
    userName: expect.username,
    password: expect.password === undefined ? undefined : bytes(expect.password),
    properties: propertiesOf(expect.properties),
  };
}

function willOf({ topic, payload, qos, retain, properties }: VectorWill): Will {
  return { topic, payload: bytes(payload), qos, retain, properties: propertiesOf(properties) };
}

function publishOf({ expect }: Vector): Packet {
  return publish(expect.topic ?? "", {
    payload: bytes(expect.payload ?? ""),
    qos: expect.qos,
    retain: expect.retain,
    dup: expect.dup,
    id: expect.packetId,
    properties: propertiesOf(expect.properties),
  });
}

function handlingOf(
  { filter: _, ...options }: { readonly filter: string } & SubscriptionOptions,
): SubscriptionOptions {
  return options;
}

/** Names of the vectors that this codec has in another number, and values in another form. */
function propertiesOf(from: Readonly<Record<string, unknown>> = {}): Properties {
  const properties: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(from)) {
    const binary = name === "correlationData" || name === "authenticationData";
    const known = name === "subscriptionIdentifierAvailable" ? "subscriptionIdentifiersAvailable" : name;
    if (binary) properties[known] = String.fromCharCode(...bytes(value as string));
    else if (name === "subscriptionIdentifier") properties.subscriptionIdentifiers = [value];
    else properties[known] = typeof value === "boolean" ? Number(value) : value;
  }
  return properties as Properties;
}
