/** Where the room for held bytes starts; most of what is held is a few small packets. */
const CAPACITY_BYTES_MIN = 256;
const NOTHING = new Uint8Array(0);

/**
 * Bytes that arrived while the broker lent no memory to put them in.
 *
 * One growing buffer, not a list of messages: a peer that sends one-byte messages must not cost us an object
 * for each, and a small message must not keep the whole chunk alive that it came in.
 */
export class HeldBytes {
  #buffer = NOTHING;
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  append(data: Uint8Array): void {
    if (this.#end + data.length > this.#buffer.length) this.#grow(data.length);
    this.#buffer.set(data, this.#end);
    this.#end += data.length;
  }

  /** Moves as much as fits into `into`, oldest first, and says how much that was. */
  take(into: Uint8Array): number {
    const count = Math.min(into.length, this.length);
    into.set(this.#buffer.subarray(this.#start, this.#start + count));
    this.#start += count;
    if (this.length === 0) this.clear();
    return count;
  }

  /** Drops everything, the memory too. */
  clear(): void {
    this.#buffer = NOTHING;
    this.#start = this.#end = 0;
  }

  #grow(room: number): void {
    const needed = this.length + room;
    const grown = new Uint8Array(Math.max(CAPACITY_BYTES_MIN, needed, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(this.#start, this.#end));
    this.#end = this.length;
    this.#start = 0;
    this.#buffer = grown;
  }
}
