import assert from "node:assert/strict";
import { hex } from "./bytes.ts";
import type { Connack, Ending, Packet, Properties } from "./packet.ts";

/** Properties of a CONNACK that announce limits; they depend on configuration, not on the dialogue. */
const capabilities: readonly (keyof Properties)[] = [
  "receiveMaximum",
  "maximumQoS",
  "retainAvailable",
  "maximumPacketSize",
  "topicAliasMaximum",
  "wildcardSubscriptionAvailable",
  "subscriptionIdentifiersAvailable",
  "sharedSubscriptionAvailable",
];

/**
 * Compares a whole packet with what a test expects.
 *
 * Order of user properties counts. Order of subscription identifiers does not (v5 [MQTT-3.3.4-4]), nor
 * that of different properties. See `connack` for what may stand in a CONNACK besides. A refusal and a
 * DISCONNECT may say in a reason string why.
 *
 * @throws {assert.AssertionError} with both packets in a readable form
 */
export function assertPacket(actual: Packet, expected: Packet): void {
  assert.deepEqual(readable(actual, expected), readable(expected, actual));
}

/** A form that prints well: payloads as text, fields in one order, undefined fields left out. */
function readable(packet: Packet, other: Packet): Record<string, unknown> {
  const form: Record<string, unknown> = { ...packet };
  if ("payload" in packet) form.payload = printable(packet.payload);
  if ("properties" in packet) form.properties = comparable(packet.properties, packet, other);
  if (packet.type === "publish" && other.type === "publish" && packet.qos > 0 && packet.qos === other.qos) {
    if (packet.id === undefined || other.id === undefined) delete form.id;
  }
  for (const name of Object.keys(form)) if (form[name] === undefined) delete form[name];
  return form;
}

function comparable(properties: Properties, packet: Packet, other: Packet): Record<string, unknown> {
  const form: Record<string, unknown> = { ...properties };
  if (properties.subscriptionIdentifiers !== undefined) {
    form.subscriptionIdentifiers = properties.subscriptionIdentifiers.toSorted((a, b) => a - b);
  }
  if (packet.type === "connack" && other.type === "connack") {
    for (const name of capabilities) if (!(name in other.properties)) delete form[name];
  }
  if (isFarewell(packet) && isFarewell(other) && !("reasonString" in other.properties)) {
    delete form.reasonString;
  }
  return form;
}

/** A refusal or a DISCONNECT: its words are for people, and no test depends on them. */
function isFarewell(packet: Packet): packet is Connack | Ending {
  return packet.type === "disconnect" || packet.type === "connack" && packet.reason >= 0x80;
}

/** Short payloads as text, long ones as length and a digest of their bytes, others in hexadecimal. */
function printable(payload: Uint8Array): string {
  if (payload.length > 1000) return `${payload.length} bytes, digest ${digest(payload)}`;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload);
  } catch {
    return hex(payload);
  }
}

/** FNV-1a, 32 bits: enough to tell two payloads of a test apart. */
function digest(payload: Uint8Array): number {
  let sum = 0x811c9dc5;
  for (const byte of payload) sum = Math.imul(sum ^ byte, 0x01000193) >>> 0;
  return sum;
}
