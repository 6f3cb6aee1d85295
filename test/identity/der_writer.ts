/** Writes DER (X.690), and whatever else a test wants to pass for it. */

import { Buffer } from "node:buffer";

/** One tag-length-value with `parts` for content. */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag), lengthOf(content.length), content]);
}

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tlv(0x30, ...parts);
}

export function set(...parts: readonly Uint8Array[]): Buffer {
  return tlv(0x31, ...parts);
}

/** `[number]`, constructed. */
export function context(number: number, ...parts: readonly Uint8Array[]): Buffer {
  return tlv(0xa0 + number, ...parts);
}

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return tlv(0x06, Buffer.from([40 * first + second, ...rest].flatMap(base128)));
}

export function integer(value: number | Uint8Array): Buffer {
  if (typeof value !== "number") return tlv(0x02, (value[0] ?? 0) & 0x80 ? Buffer.of(0) : Buffer.of(), value);
  return tlv(0x02, Buffer.from([value]));
}

export function boolean(value: boolean): Buffer {
  return tlv(0x01, Buffer.of(value ? 0xff : 0));
}

export function bitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return tlv(0x03, Buffer.of(unusedBits), bytes);
}

export function octetString(...parts: readonly Uint8Array[]): Buffer {
  return tlv(0x04, ...parts);
}

export function utf8(text: string): Buffer {
  return tlv(0x0c, Buffer.from(text));
}

/** A GeneralizedTime. */
export function time(date: Date): Buffer {
  return tlv(0x18, Buffer.from(date.toISOString().replaceAll(/[-:T]|\.\d+/g, "")));
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const bytes = length < 0x100
    ? [length]
    : length < 0x10000
    ? [length >> 8, length]
    : [length >> 16, length >> 8, length];
  return Buffer.from([0x80 + bytes.length, ...bytes.map((byte) => byte & 0xff)]);
}

function base128(value: number): number[] {
  const septets = [value & 0x7f];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    septets.unshift(0x80 | rest & 0x7f);
  }
  return septets;
}
