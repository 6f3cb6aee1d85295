import { crc32 as nativeCrc32 } from "node:zlib";

/** From this length on the native function is faster, call included (measured: 0.1 µs against 0.1 µs at 120 bytes). */
const NATIVE_FROM_BYTES = 120;

/** Four tables of 256, for four bytes at a time. */
const tables = makeTables();

/** CRC-32 as in ISO-HDLC (gzip, PNG), which is what the engine puts into its frames. */
export function crc32(bytes: Uint8Array, start = 0, end = bytes.length): number {
  return end - start < NATIVE_FROM_BYTES
    ? smallCrc32(bytes, start, end)
    : nativeCrc32(bytes.subarray(start, end));
}

/** Continues a checksum, for bytes that do not lie together. */
export function continueCrc32(crc: number, bytes: Uint8Array): number {
  return nativeCrc32(bytes, crc);
}

function smallCrc32(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1;
  let at = start;
  for (; end - at >= 4; at += 4) {
    crc ^= byte(bytes, at) | byte(bytes, at + 1) << 8 | byte(bytes, at + 2) << 16 | byte(bytes, at + 3) << 24;
    crc = entry(768 + (crc & 255)) ^ entry(512 + (crc >>> 8 & 255)) ^ entry(256 + (crc >>> 16 & 255)) ^
      entry(crc >>> 24);
  }
  for (; at < end; at++) crc = entry((crc ^ byte(bytes, at)) & 255) ^ crc >>> 8;
  return ~crc >>> 0;
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

function entry(at: number): number {
  return tables[at] ?? 0;
}

function makeTables(): Uint32Array {
  const made = new Uint32Array(1024);
  for (let value = 0; value < 256; value++) {
    let crc = value;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >>> 1 ^ 0xedb8_8320 : crc >>> 1;
    made[value] = crc;
  }
  for (let at = 256; at < 1024; at++) {
    const before = made[at - 256] ?? 0;
    made[at] = before >>> 8 ^ (made[before & 255] ?? 0);
  }
  return made;
}
