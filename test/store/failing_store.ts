import type { Page, QueuedMessage, RetainedMessage, StoredSession } from "../../src/store/listing.ts";
import type { PageRequest, Progress, Recovered, Store } from "../../src/store/store.ts";
import { StoreDegraded } from "../../src/store/store_error.ts";

interface Held {
  readonly frames: Uint8Array;
  readonly sequence: number;
  readonly resolve: (sequence: number | Promise<number>) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A store whose disk refuses on command, around one whose disk does not. While it fails, batches are held as the
 * contract says: in order, and none of them counts.
 */
export class FailingStore implements Store {
  readonly #store: Store;
  readonly #listeners: ((degraded: string | undefined) => void)[] = [];
  #reason: string | undefined;
  #held: Held[] = [];

  constructor(store: Store) {
    this.#store = store;
  }

  get degraded(): string | undefined {
    return this.#reason ?? this.#store.degraded;
  }

  /** From here on the disk refuses. */
  fail(reason: string): void {
    this.#reason = reason;
    this.#tell();
  }

  /** The disk takes everything again, what is held first. */
  heal(): void {
    this.#reason = undefined;
    for (const { frames, sequence, resolve } of this.#held.splice(0)) {
      resolve(this.#store.commit(frames, sequence));
    }
    this.#tell();
  }

  recover(
    sink: (frames: Uint8Array) => void,
    progress?: (progress: Progress) => void,
  ): Promise<Recovered> {
    return this.#store.recover(sink, progress);
  }

  commit(frames: Uint8Array, sequence: number): Promise<number> {
    if (this.#reason === undefined) return this.#store.commit(frames, sequence);
    return new Promise((resolve, reject) => this.#held.push({ frames, sequence, resolve, reject }));
  }

  load(bodies: readonly number[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#store.load(bodies);
  }

  alive(wall: number): void {
    this.#store.alive(wall);
  }

  watch(listener: (degraded: string | undefined) => void): void {
    this.#listeners.push(listener);
    this.#store.watch(listener);
  }

  sessions(page?: PageRequest<number>): Promise<Page<StoredSession, number>> {
    return this.#store.sessions(page);
  }

  queue(owner: number, page?: PageRequest<number>): Promise<Page<QueuedMessage, number>> {
    return this.#store.queue(owner, page);
  }

  retained(page?: PageRequest<string>): Promise<Page<RetainedMessage, string>> {
    return this.#store.retained(page);
  }

  async close(): Promise<void> {
    for (const { reject } of this.#held.splice(0)) {
      reject(new StoreDegraded("Cannot commit: the store is closed"));
    }
    await this.#store.close();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener(this.degraded);
  }
}
