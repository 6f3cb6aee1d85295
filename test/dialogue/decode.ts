import {
  type Connack,
  type Ending,
  type Packet,
  packetTypes,
  type Properties,
  type ProtocolVersion,
  type Publish,
  type PublishAcknowledgement,
  type QualityOfService,
  type SubscribeAcknowledgement,
} from "./packet.ts";
import { readProperties } from "./properties.ts";
import type { PropertyPlace } from "./property_table.ts";
import { IllegalPacket, Reader } from "./reader.ts";
import { reasonCodes } from "./reason_table.ts";

/**
 * The length of the first whole packet in `from`, its fixed header included, or undefined while bytes
 * are missing.
 *
 * @throws {IllegalPacket} if the Remaining Length is not a Variable Byte Integer
 */
export function packetLength(from: Uint8Array): number | undefined {
  let remaining = 0;
  for (let place = 0; place < 4; place += 1) {
    const byte = from[1 + place];
    if (byte === undefined) return undefined;
    remaining += (byte & 0x7f) * 128 ** place;
    if (byte < 0x80) {
      const whole = 2 + place + remaining;
      return whole <= from.length ? whole : undefined;
    }
  }
  throw new IllegalPacket("the Remaining Length has more than four bytes");
}

/**
 * Decodes one whole packet that a server sent, and refuses everything that the standard refuses.
 *
 * @throws {IllegalPacket} naming what is wrong
 */
export function decode(from: Uint8Array, version: ProtocolVersion): Packet {
  const reader = new Reader(from);
  const first = reader.byte();
  if (version === 5) reader.variable();
  else reader.paddedVariable();
  const packet = readBody(reader, first, version);
  reader.end();
  return packet;
}

function readBody(reader: Reader, first: number, version: ProtocolVersion): Packet {
  const type = packetTypes[first >> 4];
  const flags = first & 0x0f;
  if (type === "publish") return readPublish(reader, flags, version);
  if (flags !== (type === "pubrel" ? 2 : 0)) throw new IllegalPacket(`${type} has flags ${flags}`);
  switch (type) {
    case "connack":
      return readConnack(reader, version);
    case "puback":
    case "pubrec":
    case "pubrel":
    case "pubcomp":
      return readAcknowledgement(reader, type, version);
    case "suback":
    case "unsuback":
      return readSubscribeAcknowledgement(reader, type, version);
    case "pingresp":
      return { type };
    case "disconnect":
    case "auth":
      return readEnding(reader, type, version);
    default:
      throw new IllegalPacket(`a server sends no ${type}`);
  }
}

function readConnack(reader: Reader, version: ProtocolVersion): Connack {
  const flags = reader.byte();
  if (flags > 1) throw new IllegalPacket(`connack has acknowledge flags ${flags}`);
  const reason = checkedReason(reader.byte(), "connack", version);
  if (reason !== 0 && flags !== 0) {
    throw new IllegalPacket("a refusing connack says that a session is present");
  }
  const properties = version === 5 ? readProperties(reader, "connack") : {};
  return { type: "connack", sessionPresent: flags === 1, reason, properties };
}

function readPublish(reader: Reader, flags: number, version: ProtocolVersion): Publish {
  const qos = ((flags >> 1) & 3) as QualityOfService;
  const dup = (flags & 8) !== 0;
  if (qos === 3) throw new IllegalPacket("publish has QoS 3");
  if (qos === 0 && dup) throw new IllegalPacket("publish with QoS 0 has DUP");
  const topic = reader.text();
  if (/[+#]/.test(topic)) throw new IllegalPacket(`publish has a wildcard in its topic ${topic}`);
  const id = qos === 0 ? undefined : packetIdentifier(reader);
  const properties = version === 5 ? readProperties(reader, "publish") : {};
  if (topic === "" && properties.topicAlias === undefined) {
    throw new IllegalPacket("publish has neither topic nor alias");
  }
  return {
    type: "publish",
    topic,
    payload: reader.rest(),
    qos,
    retain: (flags & 1) !== 0,
    dup,
    id,
    properties,
  };
}

function readAcknowledgement(
  reader: Reader,
  type: PublishAcknowledgement["type"],
  version: ProtocolVersion,
): PublishAcknowledgement {
  const id = packetIdentifier(reader);
  return { type, id, ...readReasonAndProperties(reader, type, version) };
}

function readSubscribeAcknowledgement(
  reader: Reader,
  type: SubscribeAcknowledgement["type"],
  version: ProtocolVersion,
): SubscribeAcknowledgement {
  const id = packetIdentifier(reader);
  if (type === "unsuback" && version !== 5) return { type, id, reasons: [], properties: {} };
  const properties = version === 5 ? readProperties(reader, type) : {};
  const reasons = Array.from(reader.rest(), (reason) => checkedReason(reason, type, version));
  if (reasons.length === 0) throw new IllegalPacket(`${type} has no reason code`);
  return { type, id, reasons, properties };
}

function readEnding(reader: Reader, type: Ending["type"], version: ProtocolVersion): Ending {
  if (version !== 5) throw new IllegalPacket(`a server of version ${version} sends no ${type}`);
  const ending = { type, ...readReasonAndProperties(reader, type, version) };
  if (ending.properties.sessionExpiryInterval !== undefined) {
    throw new IllegalPacket("a server's disconnect has a session expiry interval");
  }
  if (type === "auth" && ending.properties.authenticationMethod === undefined) {
    throw new IllegalPacket("auth has no authentication method");
  }
  return ending;
}

function readReasonAndProperties(
  reader: Reader,
  type: PropertyPlace,
  version: ProtocolVersion,
): { reason: number; properties: Properties } {
  if (version !== 5 || reader.left === 0) return { reason: 0, properties: {} };
  const reason = checkedReason(reader.byte(), type, version);
  return { reason, properties: reader.left === 0 ? {} : readProperties(reader, type) };
}

function packetIdentifier(reader: Reader): number {
  const id = reader.two();
  if (id === 0) throw new IllegalPacket("packet identifier 0");
  return id;
}

function checkedReason(reason: number, type: PropertyPlace, version: ProtocolVersion): number {
  const allowed = reasonCodes(type, version);
  if (!allowed.includes(reason)) {
    throw new IllegalPacket(`${type} has reason 0x${reason.toString(16)}, which a server may not send`);
  }
  return reason;
}
