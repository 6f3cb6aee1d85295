/** The broker under test (or a golden vector) broke the standard; the message says how. */
export class IllegalPacket extends Error {
  override name = "IllegalPacket";
}

/** Reads the data representations of MQTT strictly; both versions §1.5. */
export class Reader {
  readonly #from: Uint8Array;
  #at = 0;

  constructor(from: Uint8Array) {
    this.#from = from;
  }

  get left(): number {
    return this.#from.length - this.#at;
  }

  raw(count: number): Uint8Array {
    if (count > this.left) throw new IllegalPacket(`${count} bytes announced, ${this.left} left`);
    this.#at += count;
    return this.#from.subarray(this.#at - count, this.#at);
  }

  rest(): Uint8Array {
    return this.raw(this.left);
  }

  byte(): number {
    const [value] = this.raw(1);
    return value ?? 0;
  }

  two(): number {
    return this.byte() * 0x100 + this.byte();
  }

  four(): number {
    return this.two() * 0x10000 + this.two();
  }

  /** v5 [MQTT-1.5.5-1]: a longer form than needed is illegal. */
  variable(): number {
    const from = this.#at;
    const value = this.paddedVariable();
    if (this.#at - from > 1 && this.#from[this.#at - 1] === 0) {
      throw new IllegalPacket("a Variable Byte Integer is longer than needed");
    }
    return value;
  }

  /** v3.1.1 §2.2.3 does not ask for the shortest form. */
  paddedVariable(): number {
    let value = 0;
    for (let place = 0; place < 4; place += 1) {
      const byte = this.byte();
      value += (byte & 0x7f) * 128 ** place;
      if (byte < 0x80) return value;
    }
    throw new IllegalPacket("a Variable Byte Integer has more than four bytes");
  }

  binary(): Uint8Array {
    return this.raw(this.two());
  }

  /** v5 [MQTT-1.5.4-1], [MQTT-1.5.4-2], [MQTT-1.5.4-3]. */
  text(): string {
    const text = decodeText(this.binary());
    if (/\p{Cc}/u.test(text) || hasNonCharacter(text)) {
      throw new IllegalPacket("a UTF-8 Encoded String holds a character that MQTT excludes");
    }
    return text;
  }

  /** Bounded by a Variable Byte Integer: the properties of a packet. */
  inner(): Reader {
    return new Reader(this.raw(this.variable()));
  }

  end(): void {
    if (this.left > 0) throw new IllegalPacket(`${this.left} bytes too many`);
  }
}

function decodeText(from: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(from);
  } catch {
    throw new IllegalPacket("a UTF-8 Encoded String is not UTF-8");
  }
}

function hasNonCharacter(text: string): boolean {
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    if ((point & 0xfffe) === 0xfffe || (point >= 0xfdd0 && point <= 0xfdef)) return true;
  }
  return false;
}
