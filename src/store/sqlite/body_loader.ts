import type { DatabaseSync } from "node:sqlite";
import { continueCrc32, crc32 } from "./frame/crc32.ts";
import { Kind } from "./frame/operation.ts";
import { bytesAt, ForNumbers, numberAt, type Row } from "./rows.ts";

/** The columns that {@link isIntact} needs, in its order. */
export const intactColumns = "number, expires_at, flags, checksum, topic, forwarded_bytes, contents";

/** Brings contents of messages from a database. */
export class BodyLoader {
  readonly #select: ForNumbers;

  constructor(database: DatabaseSync) {
    this.#select = new ForNumbers(database, `SELECT ${intactColumns} FROM body WHERE number IN (?)`);
  }

  /** In the order of `bodies`; `undefined` for one that is not there or damaged. */
  load(bodies: readonly number[]): (Uint8Array<ArrayBuffer> | undefined)[] {
    const found = new Map<number, Uint8Array<ArrayBuffer>>();
    for (const row of this.#select.rows(bodies)) {
      if (isIntact(row)) found.set(numberAt(row, 0), bytesAt(row, 6) as Uint8Array<ArrayBuffer>);
    }
    return bodies.map((body) => found.get(body));
  }
}

/** Whether a message still is what the engine's frame said: its checksum covers every field. */
export function isIntact(row: Row): boolean {
  const [topic, contents, forwardedBytes] = [bytesAt(row, 4), bytesAt(row, 6), numberAt(row, 5)];
  const head = new DataView(new ArrayBuffer(22));
  head.setUint8(0, Kind.stored);
  setUint64(head, 1, numberAt(row, 0));
  setUint64(head, 9, numberAt(row, 1));
  head.setUint8(17, numberAt(row, 2));
  head.setUint32(18, topic.length, true);
  let crc = crc32(new Uint8Array(head.buffer));
  crc = continueCrc32(crc, topic);
  crc = continueCrc32(crc, lengthOf(forwardedBytes));
  crc = continueCrc32(crc, contents.subarray(0, forwardedBytes));
  crc = continueCrc32(crc, lengthOf(contents.length - forwardedBytes));
  crc = continueCrc32(crc, contents.subarray(forwardedBytes));
  return crc === numberAt(row, 3);
}

function setUint64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 2 ** 32, true);
  view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
}

function lengthOf(bytes: number): Uint8Array {
  const length = new DataView(new ArrayBuffer(4));
  length.setUint32(0, bytes, true);
  return new Uint8Array(length.buffer);
}
