/** Short ways to say operations of the journal, with what a test does not care about filled in. */
import type { Operation, OperationOf } from "./journal_frames.ts";

const encoder = new TextEncoder();

/** `given` may leave out what follows from the numbers. */
export function session(
  number: number,
  { expiry = 3600, clientId = `client-${number}`, owner = `owner-${number}`, principal = "{}" } = {},
): Operation {
  return { op: "sessionOpened", session: number, expiry, clientId, owner, principal };
}

export function detached(number: number, wall: number): Operation {
  return { op: "sessionDetached", session: number, wall };
}

export function group(number: number, subscription = `$share/g${number}/a/#`): Operation {
  return { op: "groupOpened", group: number, subscription };
}

export function subscribed(number: number, filter: string, flags = 1): Operation {
  return { op: "subscribed", session: number, flags, identifier: 0, filter };
}

interface Message {
  readonly topic?: string;
  readonly payload?: string | Uint8Array;
  readonly forwarded?: Uint8Array;
  readonly flags?: number;
  readonly expires?: number;
}

export function stored(body: number, given: Message = {}): OperationOf<"stored"> {
  const { topic = `topic/${body}`, payload = `payload ${body}`, flags = 1, expires = 0 } = given;
  return {
    op: "stored",
    body,
    expires,
    flags,
    topic,
    forwarded: given.forwarded ?? new Uint8Array(),
    payload: typeof payload === "string" ? encoder.encode(payload) : payload,
  };
}

/** What recovery makes of `stored`. */
export function away(operation: OperationOf<"stored">): OperationOf<"storedAway"> {
  const { body, expires, flags, topic, forwarded, payload } = operation;
  return {
    op: "storedAway",
    body,
    expires,
    flags,
    topic,
    forwardedLength: forwarded.length,
    payloadLength: payload.length,
  };
}

export function enqueued(
  owner: number,
  entry: number,
  body: number,
  { flags = 1, identifiers = [] as readonly number[] } = {},
): Operation {
  return { op: "enqueued", owner, entry, body, flags, identifiers };
}

export function sent(number: number, entry: number, id: number): Operation {
  return { op: "sent", session: number, entry, id };
}

export function received(number: number, entry: number): Operation {
  return { op: "received", session: number, entry };
}

export function acknowledged(owner: number, entry: number): Operation {
  return { op: "acknowledged", owner, entry };
}

export function assigned(number: number, entry: number, to: number): Operation {
  return { op: "assigned", group: number, entry, session: to };
}

export function returned(number: number, entry: number): Operation {
  return { op: "returned", group: number, entry };
}

export function ended(number: number): Operation {
  return { op: "sessionEnded", session: number };
}

export function retain(body: number): Operation {
  return { op: "retainedSet", body };
}

export function cleared(topic: string): Operation {
  return { op: "retainedCleared", topic };
}
