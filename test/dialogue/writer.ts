import { concatenate, variableByteInteger } from "./bytes.ts";

/** Writes the data representations of MQTT; both versions §1.5. */
export class Writer {
  readonly #pieces: Uint8Array[] = [];

  byte(value: number): this {
    return this.raw(Uint8Array.of(value));
  }

  two(value: number): this {
    return this.raw(Uint8Array.of(value >> 8, value & 0xff));
  }

  four(value: number): this {
    return this.two(Math.floor(value / 0x10000)).two(value % 0x10000);
  }

  variable(value: number): this {
    return this.raw(Uint8Array.from(variableByteInteger(value)));
  }

  text(value: string): this {
    return this.binary(new TextEncoder().encode(value));
  }

  binary(value: Uint8Array): this {
    return this.two(value.length).raw(value);
  }

  raw(value: Uint8Array): this {
    this.#pieces.push(value);
    return this;
  }

  /** Everything written so far, in one array. */
  finish(): Uint8Array {
    return concatenate(this.#pieces);
  }
}
