import { JournalFault } from "../../store_error.ts";
import { crc32 } from "./crc32.ts";

/** Length and checksum. */
export const HEADER_BYTES = 8;

/**
 * Goes through a batch frame by frame, and through a frame field by field. Whatever is not there as the format has
 * it is a {@link JournalFault} that says where.
 */
export class FrameReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #frame = 0;
  #at = 0;
  #end = 0;
  #kind = 0;
  #checksum = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** What the present frame is, as `core-rs/engine/src/journal/operation.rs` numbers it. */
  get kind(): number {
    return this.#kind;
  }

  /** The present frame's checksum, which is right. */
  get checksum(): number {
    return this.#checksum;
  }

  /**
   * Goes to the next frame and verifies its checksum; false at the end of the batch.
   *
   * @throws {JournalFault} if the frame is cut off or damaged, or the one before was not read to its end
   */
  next(): boolean {
    if (this.#at !== this.#end) throw this.#fault(`has ${this.#end - this.#at} bytes too many`);
    const { byteLength } = this.#bytes;
    if (this.#end === byteLength) return false;
    this.#frame = this.#end;
    const start = this.#frame + HEADER_BYTES;
    if (start >= byteLength) throw this.#fault("is cut off");
    const length = this.#view.getUint32(this.#frame, true);
    if (length === 0 || length > byteLength - start) throw this.#fault("is cut off");
    this.#checksum = this.#view.getUint32(this.#frame + 4, true);
    this.#end = start + length;
    if (crc32(this.#bytes, start, this.#end) !== this.#checksum) throw this.#fault("has a wrong checksum");
    this.#kind = this.#view.getUint8(start);
    this.#at = start + 1;
    return true;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** A number of 64 bits, which must be one that JavaScript can count with. */
  u64(): number {
    const at = this.#take(8);
    const number = this.#view.getUint32(at + 4, true) * 2 ** 32 + this.#view.getUint32(at, true);
    if (number > Number.MAX_SAFE_INTEGER) throw this.#fault(`holds the number ${number}, above 2^53`);
    return number;
  }

  /** A text or byte string: not copied, so it lives as long as the batch. */
  bytes(): Uint8Array {
    const length = this.u32();
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** So many numbers of 32 bits as they lie there, not copied. */
  words(count: number): Uint8Array {
    const at = this.#take(4 * count);
    return this.#bytes.subarray(at, at + 4 * count);
  }

  /** An error that names the frame. */
  #fault(what: string): JournalFault {
    return new JournalFault(`Cannot read the journal: the frame at byte ${this.#frame} ${what}`);
  }

  /** Says that the present frame is of a kind that no store knows. */
  unknownKind(): JournalFault {
    return this.#fault(`is of the unknown kind ${this.#kind}`);
  }

  #take(length: number): number {
    const at = this.#at;
    if (length > this.#end - at) throw this.#fault("ends in the middle of a field");
    this.#at = at + length;
    return at;
  }
}
