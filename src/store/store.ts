import type { Page, QueuedMessage, RetainedMessage, StoredSession } from "./listing.ts";

/**
 * Where promises are kept. The broker hands over whole batches of the engine's journal and is given them back, as
 * one state, when it starts again; a store never decides anything about a session.
 *
 * The order of calls: `recover` once, before everything else; then the rest; `close` last. Every adapter keeps to
 * this contract (`test/contract/store.test.ts`).
 */
export interface Store {
  /**
   * Gives back everything that was kept, as frames of the journal (`core-rs/engine/src/journal/operation.rs`) that
   * can be applied one after the other: share groups, sessions, what sessions have (subscriptions, wills, packet
   * identifiers taken, unfinished replays), messages, entries of queues, retained messages. A message comes as
   * `StoredAway` (kind 23), with the lengths of its contents instead of them; `load` gives those. One may come to which
   * nothing refers any more.
   *
   * Entries that were sent come first, in the order in which they were, each followed by what became of it; those
   * that wait come after them, in the order of their queues. Every session comes detached, one that was connected
   * at a crash since the last liveness mark. A share group to which no session that is kept subscribes is gone.
   *
   * @param sink takes whole frames, at most 1 MiB at a time, or one frame that is larger
   * @param progress is told from time to time how far it is
   * @throws {StoreUnusable} if what was kept cannot be read
   */
  recover(sink: (frames: Uint8Array) => void, progress?: (progress: Progress) => void): Promise<Recovered>;

  /**
   * Makes a batch durable, after every batch that was handed over before it.
   *
   * If the disk refuses, nothing of the batch counts: the store becomes degraded, and goes on trying until the
   * batch is durable or the store is closed. It reads what is stored first, so no batch can count twice.
   *
   * @param frames operations of the journal; the caller must not change them any more
   * @param sequence one more than that of the batch before
   * @returns the sequence that is now safe, once it is
   * @throws {JournalFault} if the frames are damaged, break the journal's rules or come out of order; nothing of
   *   them counts, and nobody but us is at fault
   * @throws {StoreDegraded} if the store is closed before the batch is durable
   */
  commit(frames: Uint8Array, sequence: number): Promise<number>;

  /**
   * Brings contents of stored messages: forwarded properties, then payload.
   *
   * While the store cannot be read this waits: what cannot be read now is not lost.
   *
   * @returns in the order of `bodies`; `undefined` for one that is not there or damaged
   * @throws {StoreDegraded} if the store is closed before
   */
  load(bodies: readonly number[]): Promise<readonly (Uint8Array | undefined)[]>;

  /**
   * Notes that the broker was alive at this Unix millisecond. Called at the start and then every 10 s; after a crash
   * the clocks of sessions that were connected run from there. Goes along with a commit where one comes soon.
   */
  alive(wall: number): void;

  /** Why nothing can be promised at present, in words; `undefined` while all is well. */
  readonly degraded: string | undefined;

  /** Calls `listener` whenever `degraded` has changed, with its new value. */
  watch(listener: (degraded: string | undefined) => void): void;

  /** Sessions that are kept, by number. */
  sessions(page?: PageRequest<number>): Promise<Page<StoredSession, number>>;

  /** What waits for, or is out with, one session or share group, in order. */
  queue(owner: number, page?: PageRequest<number>): Promise<Page<QueuedMessage, number>>;

  /** Retained messages, by topic. */
  retained(page?: PageRequest<string>): Promise<Page<RetainedMessage, string>>;

  /** Lets go of everything, once what was handed over is durable or, while the store is degraded, at once. */
  close(): Promise<void>;
}

/** What the engine goes on from. */
export interface Recovered {
  /** The last batch that is durable; 0 if there was none. */
  readonly sequence: number;
  /** The highest number of a session, group, entry or message that the journal has ever named. */
  readonly lastNumber: number;
  /** The last liveness mark, in Unix milliseconds. */
  readonly aliveAt: number;
}

/** How far a recovery is, in things that were kept. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** Which part of a list is wanted. */
export interface PageRequest<Key> {
  /** The `next` of the page before; from the beginning without it. */
  readonly after?: Key | undefined;
  /** At most this many; 100 without it, 1000 at most. */
  readonly limit?: number;
}
