import type { Core } from "../../wasm/mod.ts";
import type { Link, LinkEvents } from "../transport/listener.ts";

/** What a link tells of itself, beside what it tells the core. */
export interface LinkOwner {
  readonly core: Core;
  /** The clock that the core is given, in milliseconds. */
  now(): number;
  /** The core was given something; its outputs are carried out. */
  turned(): void;
  /** The core, or what carries out its outputs, failed. */
  failed(error: unknown): void;
  /** The link in this slot is over. */
  forget(slot: number): void;
}

/** One connection between a link and the core: it hands on what each says to the other. */
export class BrokerLink implements LinkEvents {
  readonly link: Link;
  readonly generation: number;
  readonly #slot: number;
  readonly #owner: LinkOwner;

  constructor(link: Link, at: { readonly slot: number; readonly generation: number }, owner: LinkOwner) {
    this.link = link;
    this.generation = at.generation;
    this.#slot = at.slot;
    this.#owner = owner;
  }

  filled(count: number): void {
    const owner = this.#owner;
    try {
      owner.core.filled(this.#slot, this.generation, count, owner.now());
      owner.turned();
    } catch (error) {
      owner.failed(error);
    }
  }

  written(count: number): void {
    const owner = this.#owner;
    try {
      owner.core.written(this.#slot, this.generation, count, owner.now());
      owner.turned();
    } catch (error) {
      owner.failed(error);
    }
  }

  ended(): void {
    const owner = this.#owner;
    try {
      owner.core.closed(this.#slot, this.generation, owner.now());
      owner.turned();
    } catch (error) {
      owner.failed(error);
    }
  }

  released(): void {
    const owner = this.#owner;
    owner.forget(this.#slot);
    try {
      owner.core.released(this.#slot, this.generation, owner.now());
      owner.turned();
    } catch (error) {
      owner.failed(error);
    }
  }
}
