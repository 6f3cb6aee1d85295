import type { HostPublish } from "../http/ports.ts";

const PAYLOAD_FORMAT_INDICATOR = 0x01;
const MESSAGE_EXPIRY_INTERVAL = 0x02;
const CONTENT_TYPE = 0x03;
const RESPONSE_TOPIC = 0x08;
const CORRELATION_DATA = 0x09;
const USER_PROPERTY = 0x26;

/** A packet identifier has to be there with QoS 1; the engine gives it no meaning. */
const ANY_PACKET_IDENTIFIER = 1;

const encoder = new TextEncoder();

/**
 * A message of the host as a PUBLISH of MQTT 5 (v5 §3.3), so that it takes the same way into the engine as any
 * other.
 *
 * @throws {RangeError} if a text or the correlation data is longer than 65,535 bytes
 */
export function publishPacket(message: HostPublish): Uint8Array {
  const properties = encodeProperties(message);
  const head = new Bytes();
  head.text(message.topic);
  if (message.qos > 0) head.short(ANY_PACKET_IDENTIFIER);
  head.variable(properties.length);
  const remaining = head.length + properties.length + message.payload.length;
  const packet = new Bytes();
  packet.byte(0x30 | message.qos << 1 | Number(message.retain));
  packet.variable(remaining);
  return packet.concat(head.done(), properties, message.payload);
}

function encodeProperties(message: HostPublish): Uint8Array {
  const properties = new Bytes();
  if (message.payloadFormat !== 0) {
    properties.byte(PAYLOAD_FORMAT_INDICATOR);
    properties.byte(message.payloadFormat);
  }
  if (message.messageExpirySeconds !== undefined) {
    properties.byte(MESSAGE_EXPIRY_INTERVAL);
    properties.long(message.messageExpirySeconds);
  }
  if (message.contentType !== undefined) properties.property(CONTENT_TYPE, message.contentType);
  if (message.responseTopic !== undefined) properties.property(RESPONSE_TOPIC, message.responseTopic);
  if (message.correlationData !== undefined) {
    properties.byte(CORRELATION_DATA);
    properties.binary(message.correlationData);
  }
  for (const [name, value] of message.userProperties) {
    properties.property(USER_PROPERTY, name);
    properties.text(value);
  }
  return properties.done();
}

/** Bytes that grow by what MQTT is made of (v5 §1.5). */
class Bytes {
  readonly #parts: number[] = [];

  get length(): number {
    return this.#parts.length;
  }

  byte(value: number): void {
    this.#parts.push(value & 0xff);
  }

  short(value: number): void {
    this.#parts.push(value >>> 8 & 0xff, value & 0xff);
  }

  long(value: number): void {
    this.short(value >>> 16);
    this.short(value & 0xffff);
  }

  variable(value: number): void {
    let left = value;
    do {
      const more = left > 0x7f;
      this.byte(left & 0x7f | Number(more) << 7);
      left = Math.floor(left / 128);
    } while (left > 0);
  }

  binary(bytes: Uint8Array): void {
    if (bytes.length > 0xffff) {
      throw new RangeError(`Cannot encode ${bytes.length} bytes: 65535 is the maximum`);
    }
    this.short(bytes.length);
    for (const byte of bytes) this.#parts.push(byte);
  }

  text(text: string): void {
    this.binary(encoder.encode(text));
  }

  property(identifier: number, text: string): void {
    this.byte(identifier);
    this.text(text);
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#parts);
  }

  concat(...others: readonly Uint8Array[]): Uint8Array {
    const all = [this.done(), ...others];
    const bytes = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0));
    let offset = 0;
    for (const part of all) {
      bytes.set(part, offset);
      offset += part.length;
    }
    return bytes;
  }
}
