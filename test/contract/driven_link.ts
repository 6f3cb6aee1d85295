import assert from "node:assert/strict";
import type { Accept, Link, LinkEvents } from "../../src/transport/listener.ts";

type Answer = { readonly kind: "filled" | "written"; readonly count: number } | { readonly kind: "ended" };

/** A link with a broker in front of it that does what the test says, and checks that each answer was due. */
export class DrivenLink implements LinkEvents {
  readonly link: Link;
  /** What was said of the link's end, in order. */
  readonly ends: ("ended" | "released")[] = [];
  readonly whenReleased: Promise<void>;
  #released!: () => void;
  #reading: ((answer: Answer) => void) | undefined;
  #writing: ((answer: Answer) => void) | undefined;
  /** Whether one of the link's methods is on the stack. */
  #calling = false;

  constructor(link: Link) {
    this.link = link;
    this.whenReleased = new Promise((resolve) => this.#released = resolve);
  }

  /** Lends `into`; the answer is how many bytes lie in it, or nothing if the link ended. */
  async read(into: Uint8Array): Promise<number | undefined> {
    if (this.ends.length > 0) return undefined;
    const answer = await new Promise<Answer>((resolve) => {
      this.#reading = resolve;
      this.#call(() => this.link.read(into));
    });
    return answer.kind === "ended" ? undefined : answer.count;
  }

  /** Reads until `count` bytes are there, through buffers of `lendBytes`. */
  async readAll(count: number, lendBytes = 65_536): Promise<Uint8Array> {
    const all = new Uint8Array(count);
    for (let got = 0; got < count;) {
      const into = new Uint8Array(Math.min(lendBytes, count - got));
      const filled = await this.read(into);
      assert.ok(filled !== undefined, `the link ended after ${got} of ${count} bytes`);
      all.set(into.subarray(0, filled), got);
      got += filled;
    }
    return all;
  }

  /** Lends `bytes`; the answer is how many were written, or nothing if the link ended. */
  async write(bytes: Uint8Array): Promise<number | undefined> {
    if (this.ends.length > 0) return undefined;
    const answer = await new Promise<Answer>((resolve) => {
      this.#writing = resolve;
      this.#call(() => this.link.write(bytes));
    });
    return answer.kind === "ended" ? undefined : answer.count;
  }

  async writeAll(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0;) {
      const count = await this.write(rest);
      assert.ok(count !== undefined, `the link ended ${rest.length} bytes early`);
      rest = rest.subarray(count);
    }
  }

  close(): void {
    this.#call(() => this.link.close());
  }

  filled(count: number): void {
    this.#answer("filled");
    assert.ok(count >= 1, "a read was answered without a byte");
    const reading = this.#reading;
    this.#reading = undefined;
    assert.ok(reading !== undefined, "a read was answered that nobody asked for");
    reading({ kind: "filled", count });
  }

  written(count: number): void {
    this.#answer("written");
    assert.ok(count >= 1, "a write was answered without a byte");
    const writing = this.#writing;
    this.#writing = undefined;
    assert.ok(writing !== undefined, "a write was answered that nobody asked for");
    writing({ kind: "written", count });
  }

  ended(): void {
    this.#answer("ended");
    this.ends.push("ended");
    for (const pending of [this.#reading, this.#writing]) pending?.({ kind: "ended" });
    this.#reading = this.#writing = undefined;
  }

  released(): void {
    this.#answer("released");
    this.ends.push("released");
    this.#released();
  }

  #call(method: () => void): void {
    this.#calling = true;
    method();
    this.#calling = false;
  }

  #answer(name: string): void {
    assert.ok(!this.#calling, `${name} came before the call had returned`);
    assert.ok(!this.ends.includes("released"), `${name} came after released`);
  }
}

/** Takes every link that a listener accepts, until told to take none. */
export class LinkTaker {
  #waiting: ((link: DrivenLink) => void)[] = [];
  #taken: DrivenLink[] = [];
  /** Whether links are refused. */
  refusing = false;

  readonly accept: Accept = (link) => {
    if (this.refusing) return undefined;
    const driven = new DrivenLink(link);
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken.push(driven);
    else next(driven);
    return driven;
  };

  next(): Promise<DrivenLink> {
    const taken = this.#taken.shift();
    return taken === undefined
      ? new Promise((resolve) => this.#waiting.push(resolve))
      : Promise.resolve(taken);
  }
}
