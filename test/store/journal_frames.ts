/**
 * The journal's frames as plain objects, both ways. Written from `core-rs/engine/src/journal/operation.rs`, and on
 * purpose without a line of the store's own code.
 */
import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";

type FieldType = "u8" | "u16" | "u32" | "u64" | "text" | "bytes" | "words";

/** Kind, and the fields in their order. */
const layouts = {
  sessionOpened: [1, { session: "u64", expiry: "u32", clientId: "text", owner: "text", principal: "text" }],
  sessionDetached: [2, { session: "u64", wall: "u64" }],
  sessionEnded: [3, { session: "u64" }],
  subscribed: [4, { session: "u64", flags: "u8", identifier: "u32", filter: "text" }],
  unsubscribed: [5, { session: "u64", filter: "text" }],
  stored: [6, {
    body: "u64",
    expires: "u64",
    flags: "u8",
    topic: "text",
    forwarded: "bytes",
    payload: "bytes",
  }],
  enqueued: [7, { owner: "u64", entry: "u64", body: "u64", flags: "u8", identifiers: "words" }],
  assigned: [8, { group: "u64", entry: "u64", session: "u64" }],
  returned: [9, { group: "u64", entry: "u64" }],
  sent: [10, { session: "u64", entry: "u64", id: "u16" }],
  received: [11, { session: "u64", entry: "u64" }],
  acknowledged: [12, { owner: "u64", entry: "u64" }],
  inboundTaken: [13, { session: "u64", id: "u16" }],
  inboundReleased: [14, { session: "u64", id: "u16" }],
  retainedSet: [15, { body: "u64" }],
  retainedCleared: [16, { topic: "text" }],
  willSet: [17, {
    session: "u64",
    flags: "u8",
    delay: "u32",
    messageExpiry: "u32",
    topic: "text",
    forwarded: "bytes",
    payload: "bytes",
  }],
  willCleared: [18, { session: "u64" }],
  groupOpened: [19, { group: "u64", subscription: "text" }],
  groupClosed: [20, { group: "u64" }],
  replayBegun: [21, { session: "u64", qos: "u8", identifier: "u32", filter: "text", cursor: "text" }],
  replayEnded: [22, { session: "u64", filter: "text" }],
  storedAway: [23, {
    body: "u64",
    expires: "u64",
    flags: "u8",
    topic: "text",
    forwardedLength: "u32",
    payloadLength: "u32",
  }],
} as const satisfies Record<string, readonly [number, Record<string, FieldType>]>;

type Layouts = typeof layouts;
type Name = keyof Layouts;
type Fields<Of> = {
  readonly [Key in keyof Of]: Of[Key] extends "text" ? string
    : Of[Key] extends "bytes" ? Uint8Array
    : Of[Key] extends "words" ? readonly number[]
    : number;
};

/** One operation, such as `{ op: "sessionEnded", session: 7 }`. */
export type Operation = { [Key in Name]: { readonly op: Key } & Fields<Layouts[Key][1]> }[Name];

/** The operation of one name. */
export type OperationOf<Key extends Name> = Extract<Operation, { op: Key }>;

/** A batch: a frame for each operation. */
export function frames(...operations: readonly Operation[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(operations.map(frame)));
}

/** The operations of whole frames; throws where one is damaged. */
export function operationsOf(bytes: Uint8Array): Operation[] {
  const operations: Operation[] = [];
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < buffer.length;) {
    const end = at + 8 + buffer.readUInt32LE(at);
    const framed = buffer.subarray(at + 8, end);
    if (end > buffer.length || crc32(framed) !== buffer.readUInt32LE(at + 4)) {
      throw new Error(`Cannot read the frame at byte ${at}`);
    }
    operations.push(operationOf(framed));
    at = end;
  }
  return operations;
}

/** The operations of these names. */
export function only(operations: readonly Operation[], ...names: readonly Operation["op"][]): Operation[] {
  return operations.filter(({ op }) => names.includes(op));
}

function frame(operation: Operation): Buffer {
  const [kind, fields] = layouts[operation.op];
  const parts: Uint8Array[] = [Uint8Array.of(kind)];
  for (const [name, type] of Object.entries(fields)) {
    parts.push(encodeField(type, (operation as unknown as Record<string, unknown>)[name]));
  }
  const framed = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(framed.length, 0);
  head.writeUInt32LE(crc32(framed), 4);
  return Buffer.concat([head, framed]);
}

function encodeField(type: FieldType, value: unknown): Uint8Array {
  switch (type) {
    case "text":
      return counted(new TextEncoder().encode(value as string));
    case "bytes":
      return counted(value as Uint8Array);
    case "words": {
      const words = value as readonly number[];
      return Buffer.concat([number(4, words.length), ...words.map((word) => number(4, word))]);
    }
    default:
      return number(widths[type], value as number);
  }
}

const widths = { u8: 1, u16: 2, u32: 4, u64: 8 } as const;

function counted(bytes: Uint8Array): Buffer {
  return Buffer.concat([number(4, bytes.length), bytes]);
}

function number(width: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes.subarray(0, width);
}

function operationOf(framed: Buffer): Operation {
  const found = Object.entries(layouts).find(([, [kind]]) => kind === framed[0]);
  if (found === undefined) throw new Error(`Cannot read a frame of kind ${framed[0]}`);
  const [op, [, fields]] = found;
  const read = reader(framed);
  const values = Object.entries(fields).map(([name, type]) => [name, read(type)]);
  return { op, ...Object.fromEntries(values) } as Operation;
}

/** Reads field after field, behind the kind. */
function reader(framed: Buffer): (type: FieldType) => unknown {
  let at = 1;
  function take(length: number): Buffer {
    const bytes = framed.subarray(at, at += length);
    if (bytes.length < length) throw new Error("Cannot read a field: the frame ends before it");
    return bytes;
  }
  function count(): number {
    return take(4).readUInt32LE();
  }
  return (type) => {
    if (type === "text") return take(count()).toString("utf8");
    if (type === "bytes") return new Uint8Array(take(count()));
    if (type === "words") return Array.from({ length: count() }, () => take(4).readUInt32LE());
    const bytes = Buffer.alloc(8);
    take(widths[type]).copy(bytes);
    return Number(bytes.readBigUInt64LE());
  };
}
