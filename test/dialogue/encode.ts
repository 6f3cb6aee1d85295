import type {
  Connack,
  Connect,
  Ending,
  Packet,
  Properties,
  ProtocolVersion,
  Publish,
  PublishAcknowledgement,
  Subscribe,
  SubscribeAcknowledgement,
  Subscription,
  Unsubscribe,
} from "./packet.ts";
import { packetTypes } from "./packet.ts";
import { writeProperties } from "./properties.ts";
import { Writer } from "./writer.ts";

/**
 * Encodes a packet of either direction. Illegal values are written as they are; whatever the fields
 * cannot say, a test writes with `bytes`.
 */
export function encode(packet: Packet, version: ProtocolVersion): Uint8Array {
  const body = new Writer();
  writeBody(body, packet, version);
  const written = body.finish();
  const first = (packetTypes.indexOf(packet.type) << 4) | flags(packet);
  return new Writer().byte(first).variable(written.length).raw(written).finish();
}

function flags(packet: Packet): number {
  switch (packet.type) {
    case "publish":
      return (packet.dup ? 8 : 0) | (packet.qos << 1) | (packet.retain ? 1 : 0);
    case "pubrel":
    case "subscribe":
    case "unsubscribe":
      return 2;
    default:
      return 0;
  }
}

function writeBody(writer: Writer, packet: Packet, version: ProtocolVersion): void {
  switch (packet.type) {
    case "connect":
      return writeConnect(writer, packet);
    case "connack":
      return writeConnack(writer, packet, version);
    case "publish":
      return writePublish(writer, packet, version);
    case "puback":
    case "pubrec":
    case "pubrel":
    case "pubcomp":
      return writeAcknowledgement(writer, packet, version);
    case "subscribe":
      return writeSubscribe(writer, packet, version);
    case "unsubscribe":
      return writeUnsubscribe(writer, packet, version);
    case "suback":
    case "unsuback":
      return writeSubscribeAcknowledgement(writer, packet, version);
    case "disconnect":
    case "auth":
      return writeEnding(writer, packet, version);
    case "pingreq":
    case "pingresp":
      return;
  }
}

function writeConnect(writer: Writer, packet: Connect): void {
  const { will, userName, password, version } = packet;
  writer.text(packet.protocolName).byte(version).byte(connectFlags(packet)).two(packet.keepAliveSeconds);
  if (version === 5) writeProperties(writer, packet.properties);
  writer.text(packet.clientId);
  if (will !== undefined) {
    if (version === 5) writeProperties(writer, will.properties);
    writer.text(will.topic).binary(will.payload);
  }
  if (userName !== undefined) writer.text(userName);
  if (password !== undefined) {
    writer.binary(typeof password === "string" ? new TextEncoder().encode(password) : password);
  }
}

function connectFlags({ cleanStart, will, userName, password }: Connect): number {
  const willFlags = will === undefined ? 0 : 4 | (will.qos << 3) | (will.retain ? 0x20 : 0);
  return (cleanStart ? 2 : 0) | willFlags | (password === undefined ? 0 : 0x40) |
    (userName === undefined ? 0 : 0x80);
}

function writeConnack(writer: Writer, packet: Connack, version: ProtocolVersion): void {
  writer.byte(packet.sessionPresent ? 1 : 0).byte(packet.reason);
  if (version === 5) writeProperties(writer, packet.properties);
}

function writePublish(writer: Writer, packet: Publish, version: ProtocolVersion): void {
  writer.text(packet.topic);
  if (packet.id !== undefined) writer.two(packet.id);
  if (version === 5) writeProperties(writer, packet.properties);
  writer.raw(packet.payload);
}

/** The shortest form that says it: v5 §3.4.2.1 leaves out reason 0x00 and an empty property list. */
function writeAcknowledgement(
  writer: Writer,
  packet: PublishAcknowledgement,
  version: ProtocolVersion,
): void {
  writer.two(packet.id);
  if (version === 5) writeReasonAndProperties(writer, packet.reason, packet.properties);
}

function writeReasonAndProperties(writer: Writer, reason: number, properties: Properties): void {
  const bare = Object.keys(properties).length === 0;
  if (bare && reason === 0) return;
  writer.byte(reason);
  if (!bare) writeProperties(writer, properties);
}

function writeSubscribe(writer: Writer, packet: Subscribe, version: ProtocolVersion): void {
  writer.two(packet.id);
  if (version === 5) writeProperties(writer, packet.properties);
  for (const subscription of packet.subscriptions) {
    writer.text(subscription.filter).byte(subscriptionOptions(subscription));
  }
}

function subscriptionOptions({ qos, noLocal, retainAsPublished, retainHandling }: Subscription): number {
  return qos | (noLocal ? 4 : 0) | (retainAsPublished ? 8 : 0) | (retainHandling << 4);
}

function writeUnsubscribe(writer: Writer, packet: Unsubscribe, version: ProtocolVersion): void {
  writer.two(packet.id);
  if (version === 5) writeProperties(writer, packet.properties);
  for (const filter of packet.filters) writer.text(filter);
}

function writeSubscribeAcknowledgement(
  writer: Writer,
  packet: SubscribeAcknowledgement,
  version: ProtocolVersion,
): void {
  writer.two(packet.id);
  if (version === 5) writeProperties(writer, packet.properties);
  writer.raw(Uint8Array.from(packet.reasons));
}

function writeEnding(writer: Writer, packet: Ending, version: ProtocolVersion): void {
  if (version === 5) writeReasonAndProperties(writer, packet.reason, packet.properties);
}
