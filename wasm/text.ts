/**
 * What crosses the boundary as bytes (`core-rs/abi/src/text.rs`). A text is its length in 32 bits, little-endian, and
 * then its bytes; one that is absent has the length `ABSENT`.
 */

/** Stands for a text, a slot or a number that is not there. */
export const ABSENT = 0xffff_ffff;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What happened, as `EventKind` in the engine orders it. */
export const eventKinds = ["connected", "disconnected", "refused", "session-ended", "dropped"] as const;
export type EventKind = typeof eventKinds[number];

/** Something that the engine tells of. */
export interface CoreEvent {
  readonly kind: EventKind;
  /** As the client gave it; empty where it gave none yet. */
  readonly clientId: string;
  readonly address: string;
  /** An MQTT 5 reason code. */
  readonly reason: number;
  readonly detail: string;
  /** `connected`: 1 for a session that was there; `dropped`: how many since the last time. */
  readonly number: number;
}

/** A CONNECT, or a re-authentication, that waits for identity. */
export interface ConnectFields {
  readonly version: 3 | 4 | 5;
  readonly cleanStart: boolean;
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: Uint8Array | undefined;
  readonly authenticationMethod: string | undefined;
  readonly authenticationData: Uint8Array | undefined;
}

/** One session, as it is now. */
export interface CoreSession {
  readonly clientId: string;
  /** Whose it is; empty for all anonymous clients. */
  readonly owner: string;
  /** The host's words for who its client is. */
  readonly principal: string;
  /** What its client spoke last: 3, 4 or 5. */
  readonly version: number;
  /** The slot of its connection; `undefined` while it has none. */
  readonly slot: number | undefined;
  /** Seconds that it outlives its connection; 4,294,967,295 has no end. */
  readonly expirySeconds: number;
  readonly subscriptions: number;
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  readonly inFlight: number;
  /** Messages that it did not get, by reason. */
  readonly drops: Readonly<Record<string, number>>;
}

/** A filter as the client gave it, with the QoS that was granted. */
export interface CoreSubscription {
  readonly filter: string;
  readonly qos: number;
}

/** Texts as the core reads them: a length of 32 bits and the bytes. */
export function texts(values: readonly string[]): Uint8Array {
  const parts = values.map((value) => encoder.encode(value));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const part of parts) {
    view.setUint32(offset, part.length, true);
    bytes.set(part, offset + 4);
    offset += 4 + part.length;
  }
  return bytes;
}

/** Reads texts one after the other. */
export class TextReader {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  byte(): number {
    return this.#view.getUint8(this.#offset++);
  }

  number(): number {
    this.#offset += 4;
    return this.#view.getUint32(this.#offset - 4, true);
  }

  long(): number {
    const value = this.#view.getBigUint64(this.#offset, true);
    this.#offset += 8;
    return Number(value);
  }

  bytes(): Uint8Array | undefined {
    const length = this.#view.getUint32(this.#offset, true);
    this.#offset += 4;
    if (length === ABSENT) return undefined;
    this.#offset += length;
    return this.#bytes.subarray(this.#offset - length, this.#offset);
  }

  text(): string | undefined {
    const bytes = this.bytes();
    return bytes === undefined ? undefined : decoder.decode(bytes);
  }
}

export function readConnect(bytes: Uint8Array<ArrayBuffer>): ConnectFields {
  const reader = new TextReader(bytes);
  const level = reader.byte();
  return {
    version: level === 5 ? 5 : level === 4 ? 4 : 3,
    cleanStart: reader.byte() !== 0,
    clientId: reader.text() ?? "",
    username: reader.text(),
    password: reader.bytes(),
    authenticationMethod: reader.text(),
    authenticationData: reader.bytes(),
  };
}

export function readSession(reader: TextReader): CoreSession {
  const version = reader.byte();
  const slot = reader.number();
  const [expirySeconds, subscriptions, queuedMessages] = [reader.number(), reader.number(), reader.number()];
  const [queuedBytes, inFlight, reasons] = [reader.number(), reader.number(), reader.number()];
  const [clientId, owner, principal] = [reader.text() ?? "", reader.text() ?? "", reader.text() ?? ""];
  reader.text();
  const drops = Array.from({ length: reasons }, () => [reader.text() ?? "", reader.number()]);
  return {
    clientId,
    owner,
    principal,
    version,
    slot: slot === ABSENT ? undefined : slot,
    expirySeconds,
    subscriptions,
    queuedMessages,
    queuedBytes,
    inFlight,
    drops: Object.fromEntries(drops),
  };
}

/** The names of a permission set's variables, or why there is none. */
export function readPermissionNames(bytes: Uint8Array<ArrayBuffer>): readonly string[] | string {
  const reader = new TextReader(bytes);
  if (reader.byte() === 0) return reader.text() ?? "";
  return Array.from({ length: reader.number() }, () => reader.text() ?? "");
}

export function readEvent(bytes: Uint8Array<ArrayBuffer>): CoreEvent {
  const reader = new TextReader(bytes);
  const kind = eventKinds[reader.byte()] ?? "disconnected";
  const reason = reader.byte();
  const number = reader.long();
  return {
    kind,
    reason,
    number,
    clientId: reader.text() ?? "",
    address: reader.text() ?? "",
    detail: reader.text() ?? "",
  };
}
