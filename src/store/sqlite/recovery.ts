import type { DatabaseSync } from "node:sqlite";
import { FrameWriter, UTF8_BYTES_MAX } from "./frame/frame_writer.ts";
import {
  ROW_OVERHEAD_BYTES,
  writeBody,
  writeGroup,
  writeInbound,
  writeReplay,
  writeRetained,
  type WriteRow,
  writeSentEntry,
  writeSession,
  writeSubscription,
  writeWaitingEntry,
  writeWill,
} from "./recovered_frames.ts";
import { arrays, numberAt, type Row, textAt, type Value } from "./rows.ts";

/** The most that is handed over at once, a single larger frame aside. */
const CHUNK_BYTES = 1024 * 1024;
/** Rows that are read at once, which costs half of reading them one by one. */
const ROWS_PER_READ = 2000;

/** Whole frames, and how many rows have been read so far. */
export interface Chunk {
  readonly frames: Uint8Array<ArrayBuffer>;
  readonly done: number;
}

/** Goes through the database and says it all again in frames; the order is the contract's (`Store.recover`). */
export class Recovery {
  /** About as many rows as there are: to count the messages would be to read the whole file. */
  readonly total: number;
  readonly #database: DatabaseSync;
  readonly #writer = new FrameWriter(CHUNK_BYTES);
  /** Sessions and groups that there are. */
  readonly #owners = new Set<number>();
  #done = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.total = this.#estimate();
  }

  /** Everything. Nothing may change meanwhile. */
  *chunks(): Generator<Chunk> {
    yield* this.#frames(this.#noted(this.#pages("share_group", "number, subscription")), writeGroup);
    yield* this.#frames(this.#noted(this.#pages("session", sessionColumns)), writeSession);
    yield* this.#frames(this.#pagesByFilter("subscription", "flags, identifier"), writeSubscription);
    yield* this.#frames(this.#singly(wills), writeWill);
    yield* this.#frames(this.#singly("SELECT session, packet_id FROM inbound"), writeInbound);
    yield* this.#frames(this.#pagesByFilter("replay", "qos, identifier, cursor"), writeReplay);
    yield* this.#frames(this.#pages("body", bodyColumns), writeBody);
    yield* this.#frames(this.#owed(this.#singly(sentEntries)), writeSentEntry);
    yield* this.#frames(this.#owed(this.#pages("entry", entryColumns, "sent_order = 0")), writeWaitingEntry);
    yield* this.#frames(this.#singly("SELECT body FROM retained ORDER BY topic"), writeRetained);
    if (this.#writer.length > 0) yield this.#chunk();
  }

  *#frames(rows: Iterable<Row>, write: WriteRow): Generator<Chunk> {
    for (const row of rows) {
      const full = this.#writer.length + ROW_OVERHEAD_BYTES + bytesOf(row) > CHUNK_BYTES;
      if (full && this.#writer.length > 0) yield this.#chunk();
      this.#done += 1;
      write(row, this.#writer);
    }
  }

  #chunk(): Chunk {
    return { frames: this.#writer.take(), done: this.#done };
  }

  /** The rows of a table by number, which is its first column. */
  #pages(table: string, columns: string, where = "TRUE"): Generator<Row> {
    const sql = `SELECT ${columns} FROM ${table} WHERE number > ? AND ${where} ORDER BY number`;
    return this.#after(sql, [0], (last) => [numberAt(last, 0)]);
  }

  /** The rows of a table by session and filter, which are its first columns, the filter as text. */
  #pagesByFilter(table: string, columns: string): Generator<Row> {
    const sql = `SELECT session, CAST(filter AS TEXT), ${columns} FROM ${table}
      WHERE (session, filter) > (?, CAST(? AS BLOB)) ORDER BY session, filter`;
    return this.#after(sql, [0, ""], (last) => [numberAt(last, 0), textAt(last, 1)]);
  }

  /** Rows that are read many at a time, each time after the last one. */
  *#after(sql: string, first: readonly Value[], keyOf: (last: Row) => readonly Value[]): Generator<Row> {
    const page = arrays(this.#database, `${sql} LIMIT ${ROWS_PER_READ}`);
    let rows = page.all(...first);
    yield* rows;
    for (let last = rows.at(-1); last !== undefined && rows.length === ROWS_PER_READ; last = rows.at(-1)) {
      rows = page.all(...keyOf(last));
      yield* rows;
    }
  }

  /** Rows read one by one, where they are few, may be large, or have no single number. */
  #singly(sql: string): Iterable<Row> {
    return arrays(this.#database, sql).iterate();
  }

  *#noted(rows: Iterable<Row>): Generator<Row> {
    for (const row of rows) {
      this.#owners.add(numberAt(row, 0));
      yield row;
    }
  }

  /** Leaves out what was owed to sessions and groups that have ended, and has not been removed yet. */
  *#owed(rows: Iterable<Row>): Generator<Row> {
    for (const row of rows) if (this.#owners.has(numberAt(row, 1))) yield row;
  }

  #estimate(): number {
    const row = arrays(this.#database, counts).get() ?? [];
    const [rows, referring, numbers] = [numberAt(row, 0), numberAt(row, 1), numberAt(row, 2)];
    return rows + referring + Math.min(numbers, referring);
  }
}

// A string costs a third of what a byte string does, and nothing less than that. UTF-8 comes out as it went in.
const sessionColumns =
  "number, CAST(client_id AS TEXT), expiry, detached_at, CAST(owned_by AS TEXT), CAST(principal AS TEXT)";
const wills = "SELECT session, flags, delay, message_expiry, topic, forwarded, payload FROM will";
const bodyColumns = "number, expires_at, flags, CAST(topic AS TEXT), forwarded_bytes, length(contents)";
const entryColumns = "number, owner, body, flags, nullif(identifiers, x'')";
const sentEntries = `SELECT ${entryColumns}, assigned, packet_id, received FROM entry
  WHERE sent_order > 0 ORDER BY sent_order`;

/** Of what is small, of what refers to messages, and the range of their numbers. */
const counts = `
  SELECT (SELECT count(*) FROM share_group) + (SELECT count(*) FROM session) + (SELECT count(*) FROM subscription)
      + (SELECT count(*) FROM will) + (SELECT count(*) FROM inbound) + (SELECT count(*) FROM replay),
    (SELECT count(*) FROM entry) + (SELECT count(*) FROM retained),
    ifnull((SELECT max(number) FROM body) - (SELECT min(number) FROM body) + 1, 0)`;

function bytesOf(row: Row): number {
  let bytes = 0;
  for (const value of row) {
    if (value instanceof Uint8Array) bytes += value.length;
    else if (typeof value === "string") bytes += UTF8_BYTES_MAX * value.length;
  }
  return bytes;
}
