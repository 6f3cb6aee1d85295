/** Bytes that are being put together; grows as needed. */
export class ByteWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  byte(value: number): this {
    this.#room(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  two(value: number): this {
    return this.byte(value >> 8).byte(value & 0xff);
  }

  four(value: number): this {
    return this.two(value >>> 16).two(value & 0xffff);
  }

  /** A Variable Byte Integer; both versions §1.5.5 and §2.2.3. */
  variable(value: number): this {
    let rest = value;
    while (rest > 0x7f) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    return this.byte(rest);
  }

  raw(bytes: Uint8Array): this {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  binary(bytes: Uint8Array): this {
    return this.two(bytes.length).raw(bytes);
  }

  text(text: string): this {
    return this.binary(new TextEncoder().encode(text));
  }

  /** All that was written, of which the writer knows nothing any more. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  #room(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + count));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
