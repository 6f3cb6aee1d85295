import type { Operation, OperationOf } from "./journal_frames.ts";
import { JournalModel } from "./journal_model.ts";
import { stored } from "./operations.ts";

/** Names that meet often. */
const TEXTS = ["a", "a/b", "ü/\ufeff"] as const;

/** Writes batches that an engine could have written, and keeps a model of what they come to. */
export class RandomJournal {
  readonly model = new JournalModel();
  readonly #random: () => number;
  #number = 0;
  #batch: Operation[] = [];
  /** All that were ever stored. */
  readonly #messages = new Map<number, OperationOf<"stored">>();

  constructor(seed: number) {
    this.#random = mulberry32(seed);
  }

  /** So many steps of an engine's life, as one batch. */
  batch(steps: number): Operation[] {
    this.#batch = [];
    for (let step = 0; step < steps; step++) this.#step();
    this.model.endBatch();
    return this.#batch;
  }

  /** A number from 0 to `below`, without it. */
  below(below: number): number {
    return Math.floor(this.#random() * below);
  }

  #step(): void {
    const steps: readonly (() => void)[] = [
      () => this.#openSession(),
      () => this.#changeSession(),
      () => this.#groupStep(),
      () => this.#publish(),
      () => this.#publish(),
      () => this.#send(),
      () => this.#send(),
      () => this.#acknowledge(),
      () => this.#acknowledge(),
      () => this.#end(),
    ];
    steps[this.below(steps.length)]?.();
  }

  #write(operation: Operation): void {
    this.#batch.push(operation);
    this.model.apply(operation);
  }

  #pick<Item>(items: Iterable<Item>): Item | undefined {
    const all = [...items];
    return all[this.below(all.length)];
  }

  #openSession(): void {
    const session = this.below(2) === 0 ? this.#pick(this.model.sessions.keys()) : undefined;
    const known = session === undefined ? undefined : this.model.sessions.get(session)?.opened;
    const number = session ?? ++this.#number;
    const clientId = known?.clientId ?? `client ${number}`;
    const owner = known?.owner ?? this.#pick(["", ...TEXTS]) ?? "";
    const principal = this.#pick(["", ...TEXTS]) ?? "";
    this.#write({
      op: "sessionOpened",
      session: number,
      expiry: this.below(1000),
      clientId,
      owner,
      principal,
    });
  }

  #changeSession(): void {
    const session = this.#pick(this.model.sessions.keys());
    if (session === undefined) return;
    const [filter, id] = [this.#pick(TEXTS) ?? "a", 1 + this.below(3)];
    const body = {
      topic: filter,
      forwarded: new Uint8Array(this.below(2)),
      payload: new Uint8Array(this.below(9)),
    };
    const changes: readonly Operation[] = [
      { op: "sessionDetached", session, wall: this.below(1e9) },
      { op: "subscribed", session, filter, flags: this.below(16), identifier: this.below(5) },
      { op: "unsubscribed", session, filter },
      { op: "inboundTaken", session, id },
      { op: "inboundReleased", session, id },
      {
        op: "willSet",
        session,
        flags: this.below(8),
        delay: this.below(9),
        messageExpiry: this.below(9),
        ...body,
      },
      { op: "willCleared", session },
      {
        op: "replayBegun",
        session,
        qos: this.below(3),
        identifier: 0,
        filter,
        cursor: this.#pick(TEXTS) ?? "",
      },
      { op: "replayEnded", session, filter },
    ];
    this.#write(changes[this.below(changes.length)] as Operation);
  }

  #groupStep(): void {
    if (this.model.groups.size < 3) {
      const group = ++this.#number;
      this.#write({ op: "groupOpened", group, subscription: `$share/${group}/a` });
    }
    // A group may be there for members that are not kept.
    const [session, group] = [this.#pick(this.model.sessions.keys()), this.#pick(this.model.groups.values())];
    if (session === undefined || group === undefined) return;
    const filter = group.subscription;
    if (this.below(3) === 0) this.#write({ op: "unsubscribed", session, filter });
    else this.#write({ op: "subscribed", session, flags: 1, identifier: 0, filter });
  }

  /** A new message, or one that is there, to some of those who could be owed it. */
  #publish(): void {
    const body = this.#message();
    if (this.below(3) === 0) this.#write({ op: "retainedSet", body });
    if (this.below(8) === 0) this.#write({ op: "retainedCleared", topic: this.#pick(TEXTS) ?? "a" });
    const owners = [...this.model.sessions.keys(), ...this.model.groups.keys()];
    for (let times = this.below(4); times > 0 && owners.length > 0; times--) {
      const owner = owners[this.below(owners.length)] ?? 0;
      const identifiers = this.below(3) === 0 ? [1, 268_435_455] : [];
      if (!this.model.bodies.has(body)) return;
      const flags = 1 + this.below(2) + 4 * this.below(2);
      this.#write({ op: "enqueued", owner, entry: ++this.#number, body, flags, identifiers });
    }
  }

  /** Stores a message, or says one again that was stored once: it must be where nothing refers to it, it may be elsewhere. */
  #message(): number {
    const known = this.below(3) === 0 ? this.#pick(this.#messages.values()) : undefined;
    if (known !== undefined && this.model.referred(known.body) && this.below(2) === 0) return known.body;
    const [topic, expires] = [this.#pick(TEXTS) ?? "a", this.below(2) * 1_790_000_000_000];
    const payload = "x".repeat(this.below(30));
    const forwarded = new Uint8Array(this.below(2) * 5);
    const message = known ?? stored(++this.#number, { topic, expires, forwarded, payload });
    this.#messages.set(message.body, message);
    this.#write(message);
    return message.body;
  }

  #send(): void {
    const entry = this.#pick(this.model.entries);
    if (entry === undefined) return;
    const ofGroup = this.model.groups.has(entry.owner);
    if (entry.id > 0) {
      const session = ofGroup ? entry.assigned : entry.owner;
      if (ofGroup && this.below(2) === 0) {
        this.#write({ op: "returned", group: entry.owner, entry: entry.entry });
      } else this.#write({ op: "received", session, entry: entry.entry });
      return;
    }
    // A member need not be a session that is kept.
    const member = this.below(5) === 0 ? ++this.#number : this.#pick(this.model.sessions.keys());
    const session = ofGroup ? member : entry.owner;
    if (session === undefined) return;
    if (ofGroup) this.#write({ op: "assigned", group: entry.owner, entry: entry.entry, session });
    this.#write({ op: "sent", session, entry: entry.entry, id: entry.entry % 65_535 + 1 });
  }

  #acknowledge(): void {
    const entry = this.#pick(this.model.entries);
    if (entry === undefined) return;
    // The engine names the group, the member, or 0 once the group is gone.
    const owner = [entry.owner, entry.assigned, 0][this.below(3)] ?? 0;
    this.#write({ op: "acknowledged", owner, entry: entry.entry });
  }

  #end(): void {
    if (this.below(2) === 0) return;
    const session = this.#pick(this.model.sessions.keys());
    const group = this.#pick(this.model.groups.keys());
    if (this.below(3) > 0 && session !== undefined) this.#write({ op: "sessionEnded", session });
    else if (group !== undefined) this.#write({ op: "groupClosed", group });
    // One that is not there ends too.
    else this.#write({ op: "sessionEnded", session: ++this.#number });
  }
}

/** A small generator of numbers that is the same everywhere. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = state + 0x6d2b_79f5 | 0;
    let mixed = Math.imul(state ^ state >>> 15, 1 | state);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}
