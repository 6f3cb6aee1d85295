/** A whole packet as it came: its first byte and what follows the Remaining Length. */
export interface Frame {
  readonly first: number;
  /** Valid until the next packet is asked for. */
  readonly body: Uint8Array;
}

/** Cuts a stream of bytes into packets; what is incomplete waits for its rest. */
export class Splitter {
  #rest = new Uint8Array(0);

  /** The packets that are whole with `chunk`. */
  *split(chunk: Uint8Array): Generator<Frame, void, void> {
    const bytes = this.#rest.length === 0 ? chunk : joined(this.#rest, chunk);
    let at = 0;
    for (;;) {
      const end = endOfPacket(bytes, at);
      if (end === undefined) break;
      yield { first: bytes[at] ?? 0, body: bytes.subarray(end.body, end.packet) };
      at = end.packet;
    }
    // A copy: the chunk belongs to whoever reads the socket.
    this.#rest = bytes.slice(at);
  }
}

function joined(before: Uint8Array, after: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(before.length + after.length);
  bytes.set(before);
  bytes.set(after, before.length);
  return bytes;
}

function endOfPacket(bytes: Uint8Array, from: number): { body: number; packet: number } | undefined {
  let length = 0;
  for (let place = 0; place < 4; place += 1) {
    const byte = bytes[from + 1 + place];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 128 ** place;
    if (byte < 0x80) {
      const body = from + 2 + place;
      return body + length <= bytes.length ? { body, packet: body + length } : undefined;
    }
  }
  throw new Error("The broker sent a Remaining Length of more than four bytes");
}
