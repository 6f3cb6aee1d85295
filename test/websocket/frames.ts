/** WebSocket frames as a client makes them and as a test needs them: also the wrong ones. */

/** How a frame departs from a whole, masked, binary one. */
export interface FrameShape {
  readonly opcode?: number;
  readonly final?: boolean;
  readonly masked?: boolean;
  /** RSV1 to RSV3, as the bits 0x40, 0x20 and 0x10. */
  readonly reserved?: number;
  /** The length that the header claims, where it is not that of the payload. */
  readonly claimedBytes?: number;
}

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const MASK = [0x37, 0xfa, 0x21, 0x3d];

/** RFC 6455 §5.2. */
export function frame(payload: Uint8Array, shape: FrameShape = {}): Uint8Array {
  const { opcode = OPCODE.binary, final = true, masked = true, reserved = 0 } = shape;
  const header = [(final ? 0x80 : 0) | reserved | opcode, ...lengthOf(shape.claimedBytes ?? payload.length)];
  if (masked) header[1] = (header[1] ?? 0) | 0x80;
  const mask = masked ? MASK : [];
  const bytes = new Uint8Array(header.length + mask.length + payload.length);
  bytes.set([...header, ...mask]);
  bytes.set(
    masked ? payload.map((byte, index) => byte ^ (MASK[index % 4] ?? 0)) : payload,
    header.length + mask.length,
  );
  return bytes;
}

function lengthOf(length: number): number[] {
  if (length < 126) return [length];
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(length));
  const bytes = [...new Uint8Array(view.buffer)];
  return length <= 0xffff ? [126, ...bytes.slice(6)] : [127, ...bytes];
}

/** A frame that a server sent. */
export interface ServerFrame {
  readonly opcode: number;
  readonly payload: Uint8Array;
}

/** Takes frames off a stream of bytes; a masked or unfinished one is a fault of the server. */
export async function readFrame(receive: (count: number) => Promise<Uint8Array>): Promise<ServerFrame> {
  const [first = 0, second = 0] = await receive(2);
  if ((first & 0xf0) !== 0x80) throw new Error(`a frame begins with 0x${first.toString(16)}`);
  if ((second & 0x80) !== 0) throw new Error("a frame from the server is masked");
  const payload = await receive(await payloadBytes(second, receive));
  return { opcode: first & 0x0f, payload };
}

async function payloadBytes(short: number, receive: (count: number) => Promise<Uint8Array>): Promise<number> {
  if (short < 126) return short;
  const long = await receive(short === 126 ? 2 : 8);
  const length = long.reduce((sum, byte) => sum * 256 + byte, 0);
  // RFC 6455 §5.2: the minimal number of bytes must be used to encode the length.
  if (length < (short === 126 ? 126 : 65_536)) {
    throw new Error(`a length of ${length} takes ${long.length} bytes`);
  }
  return length;
}
