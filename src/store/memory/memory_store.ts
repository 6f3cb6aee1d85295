import type { Page, QueuedMessage, RetainedMessage, StoredSession } from "../listing.ts";
import type { Recovered, Store } from "../store.ts";
import { JournalFault } from "../store_error.ts";

/** The store that is always done and keeps nothing (`durability: memory`): every promise ends with the process. */
export class MemoryStore implements Store {
  readonly degraded = undefined;
  #sequence = 0;
  #aliveAt = 0;

  recover(): Promise<Recovered> {
    return Promise.resolve({ sequence: this.#sequence, lastNumber: 0, aliveAt: this.#aliveAt });
  }

  commit(_frames: Uint8Array, sequence: number): Promise<number> {
    if (sequence !== this.#sequence + 1) {
      return Promise.reject(
        new JournalFault(`Cannot commit batch ${sequence}: the next one is ${this.#sequence + 1}`),
      );
    }
    this.#sequence = sequence;
    return Promise.resolve(sequence);
  }

  /** The engine never pages anything out to a store that could not bring it back; what is asked for is not there. */
  load(bodies: readonly number[]): Promise<readonly undefined[]> {
    return Promise.resolve(bodies.map(() => undefined));
  }

  alive(wall: number): void {
    this.#aliveAt = wall;
  }

  watch(): void {}

  sessions(): Promise<Page<StoredSession, number>> {
    return Promise.resolve({ items: [] });
  }

  queue(): Promise<Page<QueuedMessage, number>> {
    return Promise.resolve({ items: [] });
  }

  retained(): Promise<Page<RetainedMessage, string>> {
    return Promise.resolve({ items: [] });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
