import type { Core } from "../../wasm/mod.ts";
import type { Waiter } from "../identity/identifier.ts";
import type { Link, LinkEvents, Peer } from "../transport/listener.ts";
import type { Pace } from "./pace.ts";

/** What a link tells of itself, beside what it tells the core. */
export interface LinkOwner {
  readonly core: Core;
  readonly pace: Pace;
  /** The core will be given something. The turn's time, by the clock that the core knows, in milliseconds. */
  begin(): number;
  /** It was given; its outputs are carried out. */
  turned(): void;
  /** The core, or what carries out its outputs, failed. */
  failed(error: unknown): void;
  /** The link in this slot is over. */
  forget(slot: number): void;
}

/** One connection between a link and the core: it hands on what each says to the other. */
export class BrokerLink implements LinkEvents, Waiter {
  readonly generation: number;
  readonly #link: Link;
  readonly #slot: number;
  readonly #owner: LinkOwner;
  #over = false;
  /** Made for those few whose verdict has to be waited for. */
  #leaving: AbortController | undefined;

  constructor(link: Link, at: { readonly slot: number; readonly generation: number }, owner: LinkOwner) {
    this.#link = link;
    this.generation = at.generation;
    this.#slot = at.slot;
    this.#owner = owner;
  }

  get peer(): Peer {
    return this.#link.peer;
  }

  /** Aborted when the link is over, or is to be. */
  get gone(): AbortSignal {
    this.#leaving ??= new AbortController();
    if (this.#over) this.#leaving.abort();
    return this.#leaving.signal;
  }

  /** Reads into memory that the core lends. */
  read(inbox: Uint8Array): void {
    const { pace } = this.#owner;
    if (pace.open) return this.#link.read(inbox);
    pace.hold(() => {
      if (!this.#over) this.#link.read(inbox);
    });
  }

  /** Notices the peer's end while the core lends nothing to read into. */
  watch(): void {
    if (!this.#over) this.#link.watch?.();
  }

  /** Writes from memory that the core lends. */
  write(outbox: Uint8Array): void {
    const { pace } = this.#owner;
    if (pace.open) return this.#link.write(outbox);
    pace.hold(() => {
      if (!this.#over) this.#link.write(outbox);
    });
  }

  close(): void {
    this.#leaving?.abort();
    this.#link.close();
  }

  filled(count: number): void {
    const owner = this.#owner;
    owner.pace.spend(count);
    try {
      owner.core.filled(this.#slot, this.generation, count, owner.begin());
      owner.turned();
    } catch (error) {
      owner.failed(error);
    }
  }

  written(count: number): void {
    const owner = this.#owner;
    owner.pace.spend(count);
    try {
      owner.core.written(this.#slot, this.generation, count, owner.begin());
      owner.turned();
    } catch (error) {
      owner.failed(error);
    }
  }

  ended(): void {
    this.#over = true;
    this.#leaving?.abort();
    const owner = this.#owner;
    try {
      owner.core.closed(this.#slot, this.generation, owner.begin());
      owner.turned();
    } catch (error) {
      owner.failed(error);
    }
  }

  released(): void {
    const owner = this.#owner;
    owner.forget(this.#slot);
    try {
      owner.core.released(this.#slot, this.generation, owner.begin());
      owner.turned();
    } catch (error) {
      owner.failed(error);
    }
  }
}
