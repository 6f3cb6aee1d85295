import { FrameReader } from "./frame_reader.ts";
import { Kind, type OperationSink } from "./operation.ts";

/** Reads one kind of frame. */
type Read = (reader: FrameReader, sink: OperationSink) => void;

const readers: readonly (Read | undefined)[] = byKind([
  [Kind.sessionOpened, readSessionOpened],
  [Kind.sessionDetached, (reader, sink) => sink.sessionDetached(reader.u64(), reader.u64())],
  [Kind.sessionEnded, (reader, sink) => sink.sessionEnded(reader.u64())],
  [Kind.subscribed, readSubscribed],
  [Kind.unsubscribed, (reader, sink) => sink.unsubscribed(reader.u64(), reader.bytes())],
  [Kind.stored, readStored],
  [Kind.enqueued, readEnqueued],
  [Kind.assigned, (reader, sink) => sink.assigned(entryOf(reader), reader.u64())],
  [Kind.returned, (reader, sink) => sink.returned(entryOf(reader))],
  [Kind.sent, (reader, sink) => sink.sent(entryOf(reader), reader.u16())],
  [Kind.received, (reader, sink) => sink.received(entryOf(reader))],
  [Kind.acknowledged, (reader, sink) => sink.acknowledged(entryOf(reader))],
  [Kind.inboundTaken, (reader, sink) => sink.inboundTaken(reader.u64(), reader.u16())],
  [Kind.inboundReleased, (reader, sink) => sink.inboundReleased(reader.u64(), reader.u16())],
  [Kind.retainedSet, (reader, sink) => sink.retainedSet(reader.u64())],
  [Kind.retainedCleared, (reader, sink) => sink.retainedCleared(reader.bytes())],
  [Kind.willSet, readWillSet],
  [Kind.willCleared, (reader, sink) => sink.willCleared(reader.u64())],
  [Kind.groupOpened, (reader, sink) => sink.groupOpened(reader.u64(), reader.bytes())],
  [Kind.groupClosed, (reader, sink) => sink.groupClosed(reader.u64())],
  [Kind.replayBegun, readReplayBegun],
  [Kind.replayEnded, (reader, sink) => sink.replayEnded(reader.u64(), reader.bytes())],
]);

/**
 * Hands the operations of a batch to `sink`.
 *
 * @throws {JournalFault} at the first frame that is cut off, damaged or unknown; the operations before it have been
 *   handed over by then
 */
export function decode(frames: Uint8Array, sink: OperationSink): void {
  const reader = new FrameReader(frames);
  while (reader.next()) {
    const read = readers[reader.kind];
    if (read === undefined) throw reader.unknownKind();
    read(reader, sink);
  }
}

function byKind(pairs: readonly (readonly [number, Read])[]): (Read | undefined)[] {
  const table: (Read | undefined)[] = [];
  for (const [kind, read] of pairs) table[kind] = read;
  return table;
}

/** The entry of an operation that names its owner too, which the entry knows itself. */
function entryOf(reader: FrameReader): number {
  reader.u64();
  return reader.u64();
}

function readSessionOpened(reader: FrameReader, sink: OperationSink): void {
  const session = reader.u64();
  const expiry = reader.u32();
  const clientId = reader.bytes();
  const owner = reader.bytes();
  sink.sessionOpened(session, { clientId, expiry, owner, principal: reader.bytes() });
}

function readSubscribed(reader: FrameReader, sink: OperationSink): void {
  const session = reader.u64();
  const grant = { flags: reader.u8(), identifier: reader.u32() };
  sink.subscribed(session, reader.bytes(), grant);
}

function readStored(reader: FrameReader, sink: OperationSink): void {
  sink.stored({
    body: reader.u64(),
    expires: reader.u64(),
    flags: reader.u8(),
    checksum: reader.checksum,
    topic: reader.bytes(),
    forwarded: reader.bytes(),
    payload: reader.bytes(),
  });
}

function readEnqueued(reader: FrameReader, sink: OperationSink): void {
  sink.enqueued({
    owner: reader.u64(),
    entry: reader.u64(),
    body: reader.u64(),
    flags: reader.u8(),
    identifiers: reader.words(reader.u32()),
  });
}

function readWillSet(reader: FrameReader, sink: OperationSink): void {
  const session = reader.u64();
  sink.willSet(session, {
    flags: reader.u8(),
    delay: reader.u32(),
    messageExpiry: reader.u32(),
    topic: reader.bytes(),
    forwarded: reader.bytes(),
    payload: reader.bytes(),
  });
}

function readReplayBegun(reader: FrameReader, sink: OperationSink): void {
  const session = reader.u64();
  const qos = reader.u8();
  const identifier = reader.u32();
  const filter = reader.bytes();
  sink.replayBegun(session, filter, { qos, identifier, cursor: reader.bytes() });
}
