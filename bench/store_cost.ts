/**
 * What the store costs: batches of the journal to disk and back, beside bare SQLite in the same run.
 *
 * `deno run --allow-read --allow-write bench/store_cost.ts [--seconds N] [--rounds N] [--folder DIR]`
 *
 * Each row is a closed loop of batches with so many messages of 200 bytes, after a warm-up in which the log has become
 * as long as it gets. `kept` acknowledges the messages of one
 * batch in the next, so everything is written once and removed once; `elided` acknowledges in the same batch;
 * `queued` never does. `bare SQLite` inserts and then deletes the same bytes by rowid, in the caller's thread and with
 * nothing else.
 */
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { FrameWriter } from "../src/store/sqlite/frame/frame_writer.ts";
import { Kind } from "../src/store/sqlite/frame/operation.ts";
import { SqliteStore } from "../src/store/sqlite/sqlite_store.ts";
import { median } from "./median.ts";

const PAYLOAD_BYTES = 200;
const SESSION = 1;

type Work = "kept" | "elided" | "queued";
const works: readonly Work[] = ["kept", "elided", "queued"];
const batchSizes: readonly number[] = [1, 10, 100, 1000];

/** What one round of one row came to. */
interface Round {
  readonly messagesPerSecond: number;
  readonly commitsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const payload = crypto.getRandomValues(new Uint8Array(PAYLOAD_BYTES));
const topic = new TextEncoder().encode("bench/store/cost");
const nothing = new Uint8Array();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "1" },
      rounds: { type: "string", default: "5" },
      folder: { type: "string", default: "." },
    },
  });
  const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
  const table = new Map<string, Round[]>();
  for (let round = 0; round < rounds; round++) {
    for (const size of batchSizes) {
      for (const work of ["bare", ...works] as const) {
        const folder = await Deno.makeTempDir({ dir: values.folder, prefix: "store-cost-" });
        try {
          const measured = work === "bare"
            ? bare(folder, size, seconds)
            : await measure(folder, work, size, seconds);
          const name = `${size} | ${work === "bare" ? "bare SQLite" : work}`;
          table.set(name, [...table.get(name) ?? [], measured]);
        } finally {
          await Deno.remove(folder, { recursive: true });
        }
      }
    }
  }
  print(table);
}

async function measure(directory: string, work: Work, size: number, seconds: number): Promise<Round> {
  const store = await SqliteStore.open({ directory, durability: "strict" });
  await store.recover(() => {});
  await store.commit(opened(), 1);
  const batches = new Batches(work, size);
  const clock = new Clock(seconds);
  let next = batches.next();
  for (let sequence = 2; !clock.over; sequence++) {
    const start = performance.now();
    const committed = store.commit(next, sequence);
    next = batches.next();
    await committed;
    clock.count(start);
  }
  await store.close();
  return roundOf(clock.times, size);
}

function opened(): Uint8Array {
  const writer = new FrameWriter(1024);
  const [clientId, nobody] = [new TextEncoder().encode("client"), new Uint8Array()];
  writer.begin(Kind.sessionOpened, 32).u64(SESSION).u32(3600).bytes(clientId).bytes(nobody).bytes(nobody)
    .end();
  return writer.take();
}

/** Writes batch after batch, as the engine would. */
class Batches {
  readonly #writer: FrameWriter;
  readonly #work: Work;
  readonly #size: number;
  #number = SESSION;

  constructor(work: Work, size: number) {
    this.#work = work;
    this.#size = size;
    this.#writer = new FrameWriter(size * 512);
  }

  next(): Uint8Array {
    const first = this.#number + 1;
    for (let entry = first; entry < first + this.#size; entry++) {
      this.#enqueue(entry);
      if (this.#work === "elided") this.#acknowledge(entry);
      if (this.#work === "kept" && entry - this.#size > SESSION) this.#acknowledge(entry - this.#size);
    }
    this.#number += this.#size;
    return this.#writer.take();
  }

  /** Entry and body have the same number, which nothing minds. */
  #enqueue(entry: number): void {
    this.#writer.begin(Kind.stored, 64 + PAYLOAD_BYTES)
      .u64(entry).u64(0).u8(1).bytes(topic).bytes(nothing).bytes(payload).end();
    this.#writer.begin(Kind.enqueued, 32).u64(SESSION).u64(entry).u64(entry).u8(1).u32(0).end();
    this.#writer.begin(Kind.sent, 24).u64(SESSION).u64(entry).u16(entry % 65_535 + 1).end();
  }

  #acknowledge(entry: number): void {
    this.#writer.begin(Kind.acknowledged, 16).u64(SESSION).u64(entry).end();
  }
}

/** The least that SQLite can do: one table, rows at the end, and the batch before removed by rowid. */
function bare(folder: string, size: number, seconds: number): Round {
  const database = new DatabaseSync(join(folder, "bare.db"));
  database.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (n INTEGER PRIMARY KEY, p BLOB)",
  );
  const insert = database.prepare("INSERT INTO t VALUES (?, ?)");
  const remove = database.prepare("DELETE FROM t WHERE n = ?");
  const clock = new Clock(seconds);
  for (let first = 1; !clock.over; first += size) {
    const start = performance.now();
    database.exec("BEGIN");
    for (let n = first; n < first + size; n++) {
      insert.run(n, payload);
      remove.run(n - size);
    }
    database.exec("COMMIT");
    clock.count(start);
  }
  database.close();
  return roundOf(clock.times, size);
}

/** Counts after a warm-up as long as what is counted. */
class Clock {
  readonly times: number[] = [];
  readonly #from: number;
  readonly #to: number;

  constructor(seconds: number) {
    this.#from = performance.now() + seconds * 1000;
    this.#to = this.#from + seconds * 1000;
  }

  get over(): boolean {
    return performance.now() >= this.#to;
  }

  count(start: number): void {
    if (start >= this.#from) this.times.push(performance.now() - start);
  }
}

function roundOf(times: readonly number[], size: number): Round {
  const sorted = times.toSorted((a, b) => a - b);
  const total = sorted.reduce((sum, time) => sum + time, 0) / 1000;
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
  return {
    messagesPerSecond: size * sorted.length / total,
    commitsPerSecond: sorted.length / total,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  };
}

function print(table: ReadonlyMap<string, readonly Round[]>): void {
  console.log("| messages per batch | work | messages/s | commits/s | p50 ms | p99 ms |");
  console.log("| ---: | --- | ---: | ---: | ---: | ---: |");
  for (const [name, rounds] of table) {
    const of = (key: keyof Round): number => median(rounds.map((round) => round[key])) ?? NaN;
    const times = `${of("p50Ms").toFixed(2)} | ${of("p99Ms").toFixed(2)}`;
    console.log(
      `| ${name} | ${of("messagesPerSecond").toFixed(0)} | ${of("commitsPerSecond").toFixed(0)} | ${times} |`,
    );
  }
}

// At the end, since classes are not there before their place.
if (import.meta.main) await main();
