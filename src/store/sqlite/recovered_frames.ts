import { type FrameWriter, UTF8_BYTES_MAX } from "./frame/frame_writer.ts";
import { Kind } from "./frame/operation.ts";
import { bytesAt, numberAt, type Row, textAt } from "./rows.ts";

/** Writes what one row comes to. */
export type WriteRow = (row: Row, writer: FrameWriter) => void;

/** Bytes of everything but texts and byte strings in the frames of one row, rounded up. */
export const ROW_OVERHEAD_BYTES = 256;

const nothing = new Uint8Array();

/** `number, subscription` */
export function writeGroup(row: Row, writer: FrameWriter): void {
  const subscription = bytesAt(row, 1);
  writer.begin(Kind.groupOpened, 12 + subscription.length).u64(numberAt(row, 0)).bytes(subscription).end();
}

/** `number, client_id, expiry, detached_at, owner, principal`, what the client or the broker wrote as text */
export function writeSession(row: Row, writer: FrameWriter): void {
  const [clientId, owner, principal] = [textAt(row, 1), textAt(row, 4), textAt(row, 5)];
  const units = clientId.length + owner.length + principal.length;
  writer.begin(Kind.sessionOpened, 24 + UTF8_BYTES_MAX * units)
    .u64(numberAt(row, 0)).u32(numberAt(row, 2)).text(clientId).text(owner).text(principal).end();
  writer.begin(Kind.sessionDetached, 16).u64(numberAt(row, 0)).u64(numberAt(row, 3)).end();
}

/** `session, filter, flags, identifier`, the filter as text */
export function writeSubscription(row: Row, writer: FrameWriter): void {
  const filter = textAt(row, 1);
  writer.begin(Kind.subscribed, 17 + UTF8_BYTES_MAX * filter.length)
    .u64(numberAt(row, 0)).u8(numberAt(row, 2)).u32(numberAt(row, 3)).text(filter).end();
}

/** `session, flags, delay, message_expiry, topic, forwarded, payload` */
export function writeWill(row: Row, writer: FrameWriter): void {
  const [topic, forwarded, payload] = [bytesAt(row, 4), bytesAt(row, 5), bytesAt(row, 6)];
  writer.begin(Kind.willSet, 29 + topic.length + forwarded.length + payload.length)
    .u64(numberAt(row, 0)).u8(numberAt(row, 1)).u32(numberAt(row, 2)).u32(numberAt(row, 3))
    .bytes(topic).bytes(forwarded).bytes(payload).end();
}

/** `session, packet_id` */
export function writeInbound(row: Row, writer: FrameWriter): void {
  writer.begin(Kind.inboundTaken, 10).u64(numberAt(row, 0)).u16(numberAt(row, 1)).end();
}

/** `session, filter, qos, identifier, cursor`, the filter as text */
export function writeReplay(row: Row, writer: FrameWriter): void {
  const [filter, cursor] = [textAt(row, 1), bytesAt(row, 4)];
  writer.begin(Kind.replayBegun, 21 + UTF8_BYTES_MAX * filter.length + cursor.length)
    .u64(numberAt(row, 0)).u8(numberAt(row, 2)).u32(numberAt(row, 3)).text(filter).bytes(cursor).end();
}

/** `number, expires_at, flags, topic, forwarded_bytes, length(contents)`, the topic as text */
export function writeBody(row: Row, writer: FrameWriter): void {
  const [topic, forwardedBytes] = [textAt(row, 3), numberAt(row, 4)];
  writer.begin(Kind.storedAway, 29 + UTF8_BYTES_MAX * topic.length)
    .u64(numberAt(row, 0)).u64(numberAt(row, 1)).u8(numberAt(row, 2)).text(topic)
    .u32(forwardedBytes).u32(numberAt(row, 5) - forwardedBytes).end();
}

/** `number, owner, body, flags, identifiers`, the last one `NULL` for none */
export function writeWaitingEntry(row: Row, writer: FrameWriter): void {
  const identifiers = (row[4] ?? nothing) as Uint8Array;
  writer.begin(Kind.enqueued, 29 + identifiers.length)
    .u64(numberAt(row, 1)).u64(numberAt(row, 0)).u64(numberAt(row, 2)).u8(numberAt(row, 3))
    .u32(identifiers.length / 4).raw(identifiers).end();
}

/** The same, and `assigned, packet_id, received` */
export function writeSentEntry(row: Row, writer: FrameWriter): void {
  writeWaitingEntry(row, writer);
  const [entry, owner, assigned] = [numberAt(row, 0), numberAt(row, 1), numberAt(row, 5)];
  const session = assigned === 0 ? owner : assigned;
  if (assigned !== 0) writer.begin(Kind.assigned, 24).u64(owner).u64(entry).u64(assigned).end();
  writer.begin(Kind.sent, 18).u64(session).u64(entry).u16(numberAt(row, 6)).end();
  if (numberAt(row, 7) === 1) writer.begin(Kind.received, 16).u64(session).u64(entry).end();
}

/** `body` */
export function writeRetained(row: Row, writer: FrameWriter): void {
  writer.begin(Kind.retainedSet, 8).u64(numberAt(row, 0)).end();
}
