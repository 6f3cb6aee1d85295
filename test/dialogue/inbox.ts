import { concatenate } from "./bytes.ts";
import { decode, packetLength } from "./decode.ts";
import type { Packet, ProtocolVersion } from "./packet.ts";

/** A packet with the bytes that it came in. */
export interface Arrival {
  readonly packet: Packet;
  readonly bytes: Uint8Array;
}

/** What a client sees next: a packet, the end of the connection, or a packet that is illegal. */
export type Sight = Arrival | "closed" | Error;

/** A read that takes longer has failed; no test ever waits that long for something that happens. */
const readSecondsMax = 10;

/** Cuts the incoming byte stream into packets and hands them out one by one. */
export class Inbox {
  /** Set by the first CONNECT that is sent; until then nothing can be decoded but a version 5 packet. */
  version: ProtocolVersion = 5;
  readonly #sights: Sight[] = [];
  readonly #waiting: ((sight: Sight) => void)[] = [];
  #partial: Uint8Array = new Uint8Array(0);
  #over = false;

  arrived(bytes: Uint8Array): void {
    this.#partial = concatenate([this.#partial, bytes]);
    try {
      this.#cut();
    } catch (error) {
      this.#tell(error as Error);
    }
  }

  ended(): void {
    if (this.#partial.length > 0) {
      this.#tell(new Error(`closed within a packet: ${this.#partial.length} bytes are left`));
    }
    this.#tell("closed");
    this.#over = true;
  }

  /** The next sight; once closed, always `closed`. */
  next(): Promise<Sight> {
    const ready = this.#sights.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    if (this.#over) return Promise.resolve("closed");
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(new Error(`nothing arrived within ${readSecondsMax} s`));
      }, readSecondsMax * 1000);
      const waiter = (sight: Sight) => {
        clearTimeout(timer);
        resolve(sight);
      };
      this.#waiting.push(waiter);
    });
  }

  /** What was read too early comes next, in this order. */
  takesBack(sights: readonly Sight[]): void {
    this.#sights.unshift(...sights);
  }

  #cut(): void {
    for (;;) {
      const length = this.#partial.length < 2 ? undefined : packetLength(this.#partial);
      if (length === undefined) return;
      const bytes = this.#partial.slice(0, length);
      this.#partial = this.#partial.subarray(length);
      this.#tell({ packet: decode(bytes, this.version), bytes });
    }
  }

  #tell(sight: Sight): void {
    const waiter = this.#waiting.shift();
    if (waiter === undefined) this.#sights.push(sight);
    else waiter(sight);
  }
}
