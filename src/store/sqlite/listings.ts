import type { DatabaseSync } from "node:sqlite";
import type { Page, QueuedMessage, RetainedMessage, StoredSession } from "../listing.ts";
import type { PageRequest } from "../store.ts";
import { QOS_MASK } from "./frame/operation.ts";
import { arrays, type ArrayStatement, bytesAt, numberAt, type Row } from "./rows.ts";
import { textOf } from "./text.ts";

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1000;
/** Entries of others that one request for a queue passes over: commits wait meanwhile, 5 ms or less. */
const ENTRIES_PASSED_MAX = 20_000;

/** What administration wants to see. */
export class Listings {
  readonly #sessions: ArrayStatement;
  readonly #retained: ArrayStatement;
  readonly #queue: ArrayStatement;
  readonly #bound: ArrayStatement;

  constructor(database: DatabaseSync) {
    this.#sessions = arrays(
      database,
      `SELECT number, client_id, expiry, detached_at, (SELECT count(*) FROM subscription WHERE session = number),
        owned_by, principal FROM session WHERE number > ? ORDER BY number LIMIT ?`,
    );
    this.#retained = arrays(
      database,
      `SELECT retained.topic, number, flags, length(contents), expires_at
        FROM retained JOIN body ON number = retained.body WHERE retained.topic > ? ORDER BY retained.topic LIMIT ?`,
    );
    this.#queue = arrays(
      database,
      `SELECT entry.number, entry.body, topic, entry.flags, length(contents), packet_id
        FROM entry JOIN body ON body.number = entry.body
        WHERE entry.number > ? AND entry.number <= ? AND owner = ? ORDER BY entry.number LIMIT ?`,
    );
    this.#bound = arrays(
      database,
      `SELECT number FROM entry WHERE number > ? ORDER BY number LIMIT 1 OFFSET ${ENTRIES_PASSED_MAX}`,
    );
  }

  /** @param owned entries of each session that has any */
  sessions(request: PageRequest<number>, owned: ReadonlyMap<number, number>): Page<StoredSession, number> {
    const limit = limitOf(request);
    const items = this.#sessions.all(request.after ?? 0, limit).map((row) => session(row, owned));
    return page(items, limit, ({ session }) => session);
  }

  queue(owner: number, request: PageRequest<number>): Page<QueuedMessage, number> {
    const [limit, after] = [limitOf(request), request.after ?? 0];
    const boundRow = this.#bound.get(after);
    const bound = boundRow === undefined ? undefined : numberAt(boundRow, 0);
    const items = this.#queue.all(after, bound ?? Number.MAX_SAFE_INTEGER, owner, limit).map(queued);
    const whole = page(items, limit, ({ entry }) => entry);
    return whole.next === undefined && bound !== undefined ? { items, next: bound } : whole;
  }

  retained(request: PageRequest<string>): Page<RetainedMessage, string> {
    const limit = limitOf(request);
    const after = new TextEncoder().encode(request.after ?? "");
    return page(this.#retained.all(after, limit).map(retained), limit, ({ topic }) => topic);
  }
}

function limitOf({ limit = LIMIT_DEFAULT }: PageRequest<unknown>): number {
  return Math.min(Math.max(1, Math.trunc(limit)), LIMIT_MAX);
}

/** A page that is full may not be the last one. */
function page<Item, Key>(items: Item[], limit: number, keyOf: (item: Item) => Key): Page<Item, Key> {
  const last = items.at(-1);
  return items.length < limit || last === undefined ? { items } : { items, next: keyOf(last) };
}

function session(row: Row, owned: ReadonlyMap<number, number>): StoredSession {
  const [number, detachedAt] = [numberAt(row, 0), row[3] as number | null];
  return {
    session: number,
    clientId: textOf(bytesAt(row, 1)),
    owner: textOf(bytesAt(row, 5)),
    principal: textOf(bytesAt(row, 6)),
    expirySeconds: numberAt(row, 2),
    ...detachedAt === null ? {} : { detachedAt },
    subscriptions: numberAt(row, 4),
    queued: owned.get(number) ?? 0,
  };
}

function queued(row: Row): QueuedMessage {
  const packetIdentifier = numberAt(row, 5);
  return {
    entry: numberAt(row, 0),
    body: numberAt(row, 1),
    topic: textOf(bytesAt(row, 2)),
    qos: numberAt(row, 3) & QOS_MASK,
    bytes: numberAt(row, 4),
    ...packetIdentifier === 0 ? {} : { packetIdentifier },
  };
}

function retained(row: Row): RetainedMessage {
  const expiresAt = numberAt(row, 4);
  return {
    topic: textOf(bytesAt(row, 0)),
    body: numberAt(row, 1),
    qos: numberAt(row, 2) & QOS_MASK,
    bytes: numberAt(row, 3),
    ...expiresAt === 0 ? {} : { expiresAt },
  };
}
