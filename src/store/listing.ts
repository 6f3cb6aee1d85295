/**
 * One part of a list. It may hold fewer items than were asked for, even none, and not be the last one: the work
 * for one part is bounded, whatever has to be passed over.
 */
export interface Page<Item, Key> {
  readonly items: readonly Item[];
  /** Where to go on; absent after the last part. */
  readonly next?: Key;
}

/** A session, as it was last committed. */
export interface StoredSession {
  readonly session: number;
  readonly clientId: string;
  /** Whose it is; empty for all anonymous clients. */
  readonly owner: string;
  /** The broker's words for who its client is. */
  readonly principal: string;
  /** Seconds that it outlives its connection; 4294967295 is for ever. */
  readonly expirySeconds: number;
  /** When it lost its connection, in Unix milliseconds; absent while it has one. */
  readonly detachedAt?: number;
  readonly subscriptions: number;
  /** Messages that wait for it or are out with it, those of share groups aside. */
  readonly queued: number;
}

/** An entry of the queue of a session or share group. */
export interface QueuedMessage {
  readonly entry: number;
  readonly body: number;
  readonly topic: string;
  readonly qos: number;
  /** Bytes of forwarded properties and payload. */
  readonly bytes: number;
  /** The identifier that it is out under; absent while it waits. */
  readonly packetIdentifier?: number;
}

/** A retained message. */
export interface RetainedMessage {
  readonly topic: string;
  readonly body: number;
  readonly qos: number;
  /** Bytes of forwarded properties and payload. */
  readonly bytes: number;
  /** When it expires, in Unix milliseconds; absent for never. */
  readonly expiresAt?: number;
}
