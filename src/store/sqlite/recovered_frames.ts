import type { FrameWriter } from "./frame/frame_writer.ts";
import { Kind } from "./frame/operation.ts";
import { bytesAt, numberAt, type Row } from "./rows.ts";

/** Writes what one row comes to. */
export type WriteRow = (row: Row, writer: FrameWriter) => void;

/** Bytes of everything but texts and byte strings in the frames of one row, rounded up. */
export const ROW_OVERHEAD_BYTES = 256;

/** `number, subscription` */
export function writeGroup(row: Row, writer: FrameWriter): void {
  const subscription = bytesAt(row, 1);
  writer.begin(Kind.groupOpened, 12 + subscription.length).u64(numberAt(row, 0)).bytes(subscription).end();
}

/** `number, client_id, expiry, detached_at` */
export function writeSession(row: Row, writer: FrameWriter): void {
  const clientId = bytesAt(row, 1);
  writer.begin(Kind.sessionOpened, 16 + clientId.length)
    .u64(numberAt(row, 0)).u32(numberAt(row, 2)).bytes(clientId).end();
  writer.begin(Kind.sessionDetached, 16).u64(numberAt(row, 0)).u64(numberAt(row, 3)).end();
}

/** `session, filter, flags, identifier` */
export function writeSubscription(row: Row, writer: FrameWriter): void {
  const filter = bytesAt(row, 1);
  writer.begin(Kind.subscribed, 17 + filter.length)
    .u64(numberAt(row, 0)).u8(numberAt(row, 2)).u32(numberAt(row, 3)).bytes(filter).end();
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

/** `session, filter, qos, identifier, cursor` */
export function writeReplay(row: Row, writer: FrameWriter): void {
  const [filter, cursor] = [bytesAt(row, 1), bytesAt(row, 4)];
  writer.begin(Kind.replayBegun, 21 + filter.length + cursor.length)
    .u64(numberAt(row, 0)).u8(numberAt(row, 2)).u32(numberAt(row, 3)).bytes(filter).bytes(cursor).end();
}

/** `number, expires_at, flags, topic, forwarded_bytes, length(contents)` */
export function writeBody(row: Row, writer: FrameWriter): void {
  const [topic, forwardedBytes] = [bytesAt(row, 3), numberAt(row, 4)];
  writer.begin(Kind.storedAway, 29 + topic.length)
    .u64(numberAt(row, 0)).u64(numberAt(row, 1)).u8(numberAt(row, 2)).bytes(topic)
    .u32(forwardedBytes).u32(numberAt(row, 5) - forwardedBytes).end();
}

/** `number, owner, body, flags, identifiers, assigned, packet_id, received` */
export function writeEntry(row: Row, writer: FrameWriter): void {
  const [entry, owner] = [numberAt(row, 0), numberAt(row, 1)];
  const [assigned, packetId] = [numberAt(row, 5), numberAt(row, 6)];
  const identifiers = bytesAt(row, 4);
  writer.begin(Kind.enqueued, 29 + identifiers.length)
    .u64(owner).u64(entry).u64(numberAt(row, 2)).u8(numberAt(row, 3))
    .u32(identifiers.length / 4).raw(identifiers).end();
  if (packetId === 0) return;
  const session = assigned === 0 ? owner : assigned;
  if (assigned !== 0) writer.begin(Kind.assigned, 24).u64(owner).u64(entry).u64(assigned).end();
  writer.begin(Kind.sent, 18).u64(session).u64(entry).u16(packetId).end();
  if (numberAt(row, 7) === 1) writer.begin(Kind.received, 16).u64(session).u64(entry).end();
}

/** `body` */
export function writeRetained(row: Row, writer: FrameWriter): void {
  writer.begin(Kind.retainedSet, 8).u64(numberAt(row, 0)).end();
}
