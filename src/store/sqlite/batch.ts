import { textKey } from "../../config/text_key.ts";
import { decode } from "./frame/decode.ts";
import type {
  Grant,
  OpenedSession,
  OperationSink,
  Owed,
  Replay,
  StoredBody,
  Will,
} from "./frame/operation.ts";
import { SessionChange } from "./session_change.ts";
import { textOf } from "./text.ts";

/** Where an entry stands that is not waiting any more. */
export interface EntryState {
  /** The session that has it of a share group, 0 for none. */
  assigned: number;
  /** 0 until it is sent. */
  packetId: number;
  /** Its place among all entries that were ever sent, 0 until it is. */
  sentOrder: number;
  received: boolean;
}

/** An entry that the batch brings. */
export interface NewEntry extends EntryState {
  owner: number;
  readonly entry: number;
  readonly body: number;
  readonly flags: number;
  readonly identifiers: Uint8Array;
}

/** What the batch says of an entry that was there before; what is absent stays as it is. */
export type EntryChange = Partial<EntryState>;

/** What the batch says of a topic: the message that is retained there, 0 for none. */
export interface RetainedChange {
  readonly topic: Uint8Array;
  readonly body: number;
}

/** What was there before the batch. */
export interface Before {
  /** The place of the last entry that was ever sent. */
  readonly sentOrder: number;
  /** The topic of a message of an earlier batch; throws a `JournalFault` if there is none. */
  readonly topicOf: (body: number) => Uint8Array;
}

/**
 * What a batch comes to: its operations folded together before SQLite is touched. An entry that is acknowledged in
 * the batch that brought it is not in here at all, and its message only if something else refers to it. A session
 * that ended takes along what it had.
 */
export class Batch implements OperationSink {
  /** The highest number that any operation names. */
  lastNumber = 0;
  readonly groups = new Map<number, Uint8Array | undefined>();
  readonly sessions = new Map<number, SessionChange>();
  readonly bodies = new Map<number, StoredBody>();
  /** In the order in which they came. */
  readonly entries = new Map<number, NewEntry>();
  readonly changes = new Map<number, EntryChange>();
  /** Entries of earlier batches that are done with. */
  readonly done: number[] = [];
  /** Entries of a group that is gone, with its number, that pass to the member that has them. */
  readonly inherited = new Map<number, number>();
  /** What each topic ends up with. */
  readonly retained = new Map<string, RetainedChange>();
  /** Owners that ended here. */
  readonly ended = new Set<number>();
  readonly #topicOf: (body: number) => Uint8Array;
  #sentOrder: number;

  private constructor({ sentOrder, topicOf }: Before) {
    this.#sentOrder = sentOrder;
    this.#topicOf = topicOf;
  }

  /** A batch without operations, for what the store has to do of itself. */
  static empty(sentOrder: number): Batch {
    return new Batch({ sentOrder, topicOf: () => new Uint8Array() });
  }

  /**
   * Folds a batch.
   *
   * @throws {JournalFault} if the frames are damaged or break the journal's rules
   */
  static fold(frames: Uint8Array, before: Before): Batch {
    const batch = new Batch(before);
    decode(frames, batch);
    batch.#dropEnded();
    return batch;
  }

  /** The place of the last entry that was sent, this batch included. */
  get sentOrder(): number {
    return this.#sentOrder;
  }

  /** Whether entries, or their owners, are other ones afterwards. */
  get changesEntries(): boolean {
    return this.ended.size + this.entries.size + this.done.length + this.inherited.size + this.changes.size >
      0;
  }

  sessionOpened(session: number, opened: OpenedSession): void {
    this.#session(session).open(opened);
  }

  sessionDetached(session: number, wall: number): void {
    this.#session(session).detachedAt = wall;
  }

  sessionEnded(session: number): void {
    this.#session(session).end();
    this.ended.add(session);
  }

  subscribed(session: number, filter: Uint8Array, grant: Grant): void {
    this.#session(session).setSubscription(filter, grant);
  }

  unsubscribed(session: number, filter: Uint8Array): void {
    this.#session(session).setSubscription(filter, undefined);
  }

  stored(body: StoredBody): void {
    this.#names(body.body);
    this.bodies.set(body.body, body);
  }

  enqueued({ owner, entry, body, flags, identifiers }: Owed): void {
    this.#names(entry);
    this.entries.set(entry, {
      owner,
      entry,
      body,
      flags,
      identifiers,
      assigned: 0,
      packetId: 0,
      sentOrder: 0,
      received: false,
    });
  }

  assigned(entry: number, session: number): void {
    this.#state(entry).assigned = session;
  }

  returned(entry: number): void {
    const state = this.#state(entry);
    state.assigned = 0;
    state.packetId = 0;
    state.sentOrder = 0;
    state.received = false;
  }

  sent(entry: number, packetId: number): void {
    const state = this.#state(entry);
    state.packetId = packetId;
    state.sentOrder = ++this.#sentOrder;
  }

  received(entry: number): void {
    this.#state(entry).received = true;
  }

  acknowledged(entry: number): void {
    if (this.entries.delete(entry)) return;
    this.changes.delete(entry);
    this.done.push(entry);
  }

  inboundTaken(session: number, packetId: number): void {
    this.#session(session).inbound.set(packetId, true);
  }

  inboundReleased(session: number, packetId: number): void {
    this.#session(session).inbound.set(packetId, false);
  }

  retainedSet(body: number): void {
    const topic = this.bodies.get(body)?.topic ?? this.#topicOf(body);
    this.retained.set(textKey(textOf(topic)), { topic, body });
  }

  retainedCleared(topic: Uint8Array): void {
    this.retained.set(textKey(textOf(topic)), { topic, body: 0 });
  }

  willSet(session: number, will: Will): void {
    this.#session(session).will = will;
  }

  willCleared(session: number): void {
    this.#session(session).will = null;
  }

  groupOpened(group: number, subscription: Uint8Array): void {
    this.#names(group);
    this.groups.set(group, subscription);
  }

  groupClosed(group: number): void {
    this.groups.set(group, undefined);
    this.ended.add(group);
  }

  replayBegun(session: number, filter: Uint8Array, replay: Replay): void {
    this.#session(session).setReplay(filter, replay);
  }

  replayEnded(session: number, filter: Uint8Array): void {
    this.#session(session).setReplay(filter, undefined);
  }

  #session(number: number): SessionChange {
    this.#names(number);
    let change = this.sessions.get(number);
    if (change === undefined) this.sessions.set(number, change = new SessionChange());
    return change;
  }

  #state(entry: number): EntryChange {
    const known = this.entries.get(entry) ?? this.changes.get(entry);
    if (known !== undefined) return known;
    const change: EntryChange = {};
    this.changes.set(entry, change);
    return change;
  }

  #names(number: number): void {
    if (number > this.lastNumber) this.lastNumber = number;
  }

  /** What is out with a member of a group that is gone stays with that member (v5 [MQTT-3.10.4-2]). */
  #dropEnded(): void {
    if (this.ended.size === 0) return;
    for (const entry of this.entries.values()) {
      if (!this.ended.has(entry.owner)) continue;
      if (entry.packetId === 0 || entry.assigned === 0 || this.ended.has(entry.assigned)) {
        this.entries.delete(entry.entry);
      } else {
        entry.owner = entry.assigned;
        entry.assigned = 0;
      }
    }
  }
}
