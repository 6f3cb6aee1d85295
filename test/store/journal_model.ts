import type { Operation, OperationOf } from "./journal_frames.ts";

interface Entry {
  readonly entry: number;
  owner: number;
  readonly body: number;
  readonly flags: number;
  readonly identifiers: readonly number[];
  assigned: number;
  id: number;
  order: number;
  received: boolean;
}

interface Session {
  opened: OperationOf<"sessionOpened">;
  detachedAt: number | undefined;
  readonly subscriptions: Map<string, Operation>;
  readonly replays: Map<string, Operation>;
  readonly inbound: Map<number, Operation>;
  will: Operation | undefined;
}

/**
 * What a journal comes to, told operation by operation and without any care for cost: the twin of the store. It
 * takes only what an engine writes.
 */
export class JournalModel {
  readonly sessions = new Map<number, Session>();
  readonly groups = new Map<number, OperationOf<"groupOpened">>();
  readonly bodies = new Map<number, OperationOf<"stored">>();
  readonly retained = new Map<string, number>();
  entries: Entry[] = [];
  #order = 0;

  apply(operation: Operation): void {
    switch (operation.op) {
      case "sessionOpened":
        return this.#open(operation);
      case "sessionDetached":
        return void (this.#session(operation.session).detachedAt = operation.wall);
      case "sessionEnded":
        return this.#endSession(operation.session);
      case "subscribed":
        return void this.#session(operation.session).subscriptions.set(operation.filter, operation);
      case "unsubscribed":
        return void this.#session(operation.session).subscriptions.delete(operation.filter);
      case "replayBegun":
        return void this.#session(operation.session).replays.set(operation.filter, operation);
      case "replayEnded":
        return void this.#session(operation.session).replays.delete(operation.filter);
      case "inboundTaken":
        return void this.#session(operation.session).inbound.set(operation.id, operation);
      case "inboundReleased":
        return void this.#session(operation.session).inbound.delete(operation.id);
      case "willSet":
        return void (this.#session(operation.session).will = operation);
      case "willCleared":
        return void (this.#session(operation.session).will = undefined);
      case "groupOpened":
        return void this.groups.set(operation.group, operation);
      case "groupClosed":
        return this.#closeGroup(operation.group);
      case "stored":
        return void this.bodies.set(operation.body, operation);
      case "retainedSet":
        return void this.retained.set(this.bodies.get(operation.body)?.topic ?? "", operation.body);
      case "retainedCleared":
        return void this.retained.delete(operation.topic);
      case "storedAway":
        throw new Error("Cannot apply storedAway: no engine writes it");
      default:
        return this.#applyToEntry(operation);
    }
  }

  /** Forgets messages to which nothing refers: a batch ends here. */
  endBatch(): void {
    for (const body of this.bodies.keys()) if (!this.referred(body)) this.bodies.delete(body);
  }

  /** Whether anything refers to a message. */
  referred(body: number): boolean {
    return this.entries.some((entry) => entry.body === body) || [...this.retained.values()].includes(body);
  }

  /** The broker has died, when it had last been alive at `aliveAt`. */
  crash(aliveAt: number): void {
    for (const session of this.sessions.values()) session.detachedAt ??= aliveAt;
    const filters = new Set(
      [...this.sessions.values()].flatMap(({ subscriptions }) => [...subscriptions.keys()]),
    );
    for (const [group, { subscription }] of this.groups) {
      if (!filters.has(subscription)) this.#closeGroup(group);
    }
    this.entries = this.entries.filter((entry) => {
      if (entry.assigned === 0 || this.sessions.has(entry.assigned)) return true;
      const discarded = entry.received || (entry.flags & 3) === 2;
      Object.assign(entry, { assigned: 0, id: 0, order: 0, received: false });
      return !discarded;
    });
    this.endBatch();
  }

  /** What recovery has to give. */
  operations(): Operation[] {
    const sessions = [...this.sessions.entries()].sort(byNumber);
    const out = this.entries.filter(({ order }) => order > 0).sort((a, b) => a.order - b.order);
    const waiting = this.entries.filter(({ order }) => order === 0).sort((a, b) => a.entry - b.entry);
    const retained = [...this.retained.entries()].sort(([a], [b]) => a < b ? -1 : 1);
    return [
      ...[...this.groups.entries()].sort(byNumber).map(([, group]) => group),
      ...sessions.flatMap(([, session]) => [session.opened, detachedOf(session)]),
      ...sessions.flatMap(([, { subscriptions }]) => sorted(subscriptions)),
      ...sessions.flatMap(([, { will }]) => will ?? []),
      ...sessions.flatMap(([, { inbound }]) =>
        [...inbound.entries()].sort(byNumber).map(([, taken]) => taken)
      ),
      ...sessions.flatMap(([, { replays }]) => sorted(replays)),
      ...[...this.bodies.entries()].sort(byNumber).map(([, body]) => awayOf(body)),
      ...[...out, ...waiting].flatMap(entryOperations),
      ...retained.map(([, body]) => ({ op: "retainedSet", body }) as const),
    ];
  }

  #applyToEntry(operation: Exclude<Operation, { readonly op: "storedAway" }>): void {
    if (operation.op === "enqueued") {
      const { entry, owner, body, flags, identifiers } = operation;
      this.entries.push({
        entry,
        owner,
        body,
        flags,
        identifiers,
        assigned: 0,
        id: 0,
        order: 0,
        received: false,
      });
      return;
    }
    if (!("entry" in operation)) throw new Error(`Cannot apply ${operation.op}`);
    if (operation.op === "acknowledged") {
      this.entries = this.entries.filter(({ entry }) => entry !== operation.entry);
      return;
    }
    const entry = this.entries.find(({ entry }) => entry === operation.entry);
    if (entry === undefined) return;
    if (operation.op === "assigned") entry.assigned = operation.session;
    if (operation.op === "returned") Object.assign(entry, { assigned: 0, id: 0, order: 0, received: false });
    if (operation.op === "sent") Object.assign(entry, { id: operation.id, order: ++this.#order });
    if (operation.op === "received") entry.received = true;
  }

  #open(opened: OperationOf<"sessionOpened">): void {
    const known = this.sessions.get(opened.session);
    if (known !== undefined) {
      Object.assign(known, { opened, detachedAt: undefined });
      return;
    }
    this.sessions.set(opened.session, {
      opened,
      detachedAt: undefined,
      subscriptions: new Map(),
      replays: new Map(),
      inbound: new Map(),
      will: undefined,
    });
  }

  #endSession(session: number): void {
    this.sessions.delete(session);
    this.entries = this.entries.filter(({ owner }) => owner !== session);
  }

  /** What is out with a member stays with it. */
  #closeGroup(group: number): void {
    this.groups.delete(group);
    this.entries = this.entries.filter((entry) => {
      if (entry.owner !== group) return true;
      const stays = entry.id > 0 && this.sessions.has(entry.assigned);
      if (stays) Object.assign(entry, { owner: entry.assigned, assigned: 0 });
      return stays;
    });
  }

  #session(number: number): Session {
    const session = this.sessions.get(number);
    if (session === undefined) throw new Error(`Cannot apply to session ${number}: it is not open`);
    return session;
  }
}

function byNumber([a]: readonly [number, unknown], [b]: readonly [number, unknown]): number {
  return a - b;
}

function sorted(named: ReadonlyMap<string, Operation>): Operation[] {
  return [...named.entries()].sort(([a], [b]) => a < b ? -1 : 1).map(([, operation]) => operation);
}

function detachedOf({ opened, detachedAt = 0 }: Session): Operation {
  return { op: "sessionDetached", session: opened.session, wall: detachedAt };
}

function awayOf({ body, expires, flags, topic, forwarded, payload }: OperationOf<"stored">): Operation {
  const lengths = { forwardedLength: forwarded.length, payloadLength: payload.length };
  return { op: "storedAway", body, expires, flags, topic, ...lengths };
}

function entryOperations(
  { entry, owner, body, flags, identifiers, assigned, id, received }: Entry,
): Operation[] {
  const session = assigned === 0 ? owner : assigned;
  const operations: Operation[] = [{ op: "enqueued", owner, entry, body, flags, identifiers }];
  if (id === 0) return operations;
  if (assigned > 0) operations.push({ op: "assigned", group: owner, entry, session });
  operations.push({ op: "sent", session, entry, id });
  if (received) operations.push({ op: "received", session, entry });
  return operations;
}
