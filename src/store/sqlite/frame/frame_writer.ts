import { crc32 } from "./crc32.ts";
import { HEADER_BYTES } from "./frame_reader.ts";

/** Bytes that a UTF-16 unit may take. */
export const UTF8_BYTES_MAX = 3;

const encoder = new TextEncoder();

/** Writes frames one behind the other into a buffer that grows with the largest of them. */
export class FrameWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #frame = 0;
  #at = 0;

  constructor(capacityBytes: number) {
    this.#bytes = new Uint8Array(capacityBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Bytes of whole frames. */
  get length(): number {
    return this.#frame;
  }

  /** Begins a frame, whose fields may take `bodyBytes` at most. */
  begin(kind: number, bodyBytes: number): this {
    this.#reserve(HEADER_BYTES + 1 + bodyBytes);
    this.#at = this.#frame + HEADER_BYTES;
    return this.u8(kind);
  }

  u8(value: number): this {
    this.#view.setUint8(this.#at, value);
    this.#at += 1;
    return this;
  }

  u16(value: number): this {
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
    return this;
  }

  u32(value: number): this {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
    return this;
  }

  u64(value: number): this {
    return this.u32(value % 2 ** 32).u32(Math.floor(value / 2 ** 32));
  }

  /** A text or byte string, with its length in front. */
  bytes(value: Uint8Array): this {
    return this.u32(value.length).raw(value);
  }

  /** A text, in UTF-8, with its length in front. `begin` was told of `UTF8_BYTES_MAX` for each UTF-16 unit. */
  text(value: string): this {
    const start = this.#at + 4;
    const { written } = encoder.encodeInto(value, this.#bytes.subarray(start));
    this.u32(written);
    this.#at = start + written;
    return this;
  }

  /** Bytes as they are. */
  raw(value: Uint8Array): this {
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  /** Ends the frame with its length and checksum. */
  end(): void {
    const start = this.#frame + HEADER_BYTES;
    this.#view.setUint32(this.#frame, this.#at - start, true);
    this.#view.setUint32(this.#frame + 4, crc32(this.#bytes, start, this.#at), true);
    this.#frame = this.#at;
  }

  /** The whole frames, copied; this is empty afterwards. */
  take(): Uint8Array<ArrayBuffer> {
    const frames = this.#bytes.slice(0, this.#frame);
    this.#frame = 0;
    return frames;
  }

  #reserve(bytes: number): void {
    const needed = this.#frame + bytes;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#frame));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
