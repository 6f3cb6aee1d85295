/** The kinds of frames, as `core-rs/engine/src/journal/operation.rs` numbers them. */
export const Kind = {
  sessionOpened: 1,
  sessionDetached: 2,
  sessionEnded: 3,
  subscribed: 4,
  unsubscribed: 5,
  stored: 6,
  enqueued: 7,
  assigned: 8,
  returned: 9,
  sent: 10,
  received: 11,
  acknowledged: 12,
  inboundTaken: 13,
  inboundReleased: 14,
  retainedSet: 15,
  retainedCleared: 16,
  willSet: 17,
  willCleared: 18,
  groupOpened: 19,
  groupClosed: 20,
  replayBegun: 21,
  replayEnded: 22,
  /** Only at recovery: `stored`, with the lengths of forwarded properties and payload instead of them. */
  storedAway: 23,
} as const;

/** The two bits of a flags byte that are the QoS. */
export const QOS_MASK = 3;

/** A message. The byte strings are views of the batch that brought it. */
export interface StoredBody {
  readonly body: number;
  /** Unix milliseconds; 0 for never. */
  readonly expires: number;
  /** QoS in two bits, then RETAIN. */
  readonly flags: number;
  /** The checksum of the frame that brought it, by which damage is found later. */
  readonly checksum: number;
  readonly topic: Uint8Array;
  readonly forwarded: Uint8Array;
  readonly payload: Uint8Array;
}

/** A persistent session. The byte strings are views of the batch that brought it. */
export interface OpenedSession {
  readonly clientId: Uint8Array;
  /** Seconds that it outlives its connection. */
  readonly expiry: number;
  /** Whose it is; empty for all anonymous clients. */
  readonly owner: Uint8Array;
  /** The broker's words for who its client is. */
  readonly principal: Uint8Array;
}

/** The terms of a subscription. */
export interface Grant {
  /** QoS in two bits, then No Local, then Retain As Published. */
  readonly flags: number;
  /** The subscription identifier, 0 for none. */
  readonly identifier: number;
}

/** A will. */
export interface Will {
  /** QoS in two bits, then RETAIN, then whether `messageExpiry` counts. */
  readonly flags: number;
  /** Seconds. */
  readonly delay: number;
  /** Seconds. */
  readonly messageExpiry: number;
  readonly topic: Uint8Array;
  readonly forwarded: Uint8Array;
  readonly payload: Uint8Array;
}

/** A replay of retained messages that is not finished. */
export interface Replay {
  readonly qos: number;
  /** The subscription identifier, 0 for none. */
  readonly identifier: number;
  /** The last topic that was looked at; empty for none. */
  readonly cursor: Uint8Array;
}

/** A message that is owed to a session or share group. */
export interface Owed {
  readonly owner: number;
  readonly entry: number;
  readonly body: number;
  /** QoS in two bits, then RETAIN. */
  readonly flags: number;
  /** Subscription identifiers of 32 bits, little-endian. */
  readonly identifiers: Uint8Array;
}

/** Takes the operations of a batch, one call each, in order. Names of sessions, groups and so on are numbers. */
export interface OperationSink {
  sessionOpened(session: number, opened: OpenedSession): void;
  sessionDetached(session: number, wall: number): void;
  sessionEnded(session: number): void;
  subscribed(session: number, filter: Uint8Array, grant: Grant): void;
  unsubscribed(session: number, filter: Uint8Array): void;
  stored(body: StoredBody): void;
  enqueued(owed: Owed): void;
  assigned(entry: number, session: number): void;
  returned(entry: number): void;
  sent(entry: number, packetId: number): void;
  received(entry: number): void;
  acknowledged(entry: number): void;
  inboundTaken(session: number, packetId: number): void;
  inboundReleased(session: number, packetId: number): void;
  retainedSet(body: number): void;
  retainedCleared(topic: Uint8Array): void;
  willSet(session: number, will: Will): void;
  willCleared(session: number): void;
  groupOpened(group: number, subscription: Uint8Array): void;
  groupClosed(group: number): void;
  replayBegun(session: number, filter: Uint8Array, replay: Replay): void;
  replayEnded(session: number, filter: Uint8Array): void;
}
