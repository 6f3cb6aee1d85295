/**
 * Lives of a store on a disk that gets full, run by `full_disk.test.ts` in a mount namespace of its own.
 *
 * `fill FOLDER` commits until the disk refuses, looks at what still works, and dies as if by a power cut; `burst
 * FOLDER` dies in the very moment. `restart FOLDER` starts on the full disk, waits for space that it makes itself,
 * and looks for what was acknowledged. Each writes one line of JSON.
 */
import { join } from "node:path";
import { dataPaths } from "../../src/store/sqlite/data_directory.ts";
import { Ledger } from "../../src/store/sqlite/ledger.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite_store.ts";
import { frames, type Operation, operationsOf } from "./journal_frames.ts";
import { acknowledged, enqueued, session, stored } from "./operations.ts";

const PAYLOAD = new Uint8Array(50_000).fill(7);
const SESSIONS = 5000;
const [phase, folder = ""] = Deno.args;
const [directory, ballast, known] = ["data", "ballast", "known"].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];

if (phase === "fill") await fill();
else if (phase === "burst") await burst();
else await restart();

async function open(
  logBytes = 1_000_000,
): Promise<{ store: SqliteStore; operations: Operation[]; sequence: number; aliveAt: number }> {
  const store = await SqliteStore.open({ directory, durability: "strict", logBytes });
  const operations: Operation[] = [];
  const { sequence, aliveAt } = await store.recover((chunk) => operations.push(...operationsOf(chunk)));
  return { store, operations, sequence, aliveAt };
}

/** When sessions lost their connections. */
function wallsOf(operations: readonly Operation[]): number[] {
  return operations.flatMap((operation) => operation.op === "sessionDetached" ? operation.wall || [] : []);
}

/** How many sessions a recovery gives, and whether it could write what the crash means for them. */
function recoverOnly(): { settled: boolean; detached: number; walls: number } | undefined {
  const { database } = dataPaths(directory);
  const ledger = new Ledger({
    path: database,
    durability: "strict",
    logBytes: 1e6,
    failures: 0,
    settled: false,
  });
  const walls: number[] = [];
  try {
    for (const step of ledger.recover()) {
      if ("recovered" in step) {
        return { settled: step.settled, detached: walls.length, walls: new Set(walls).size };
      }
      walls.push(...wallsOf(operationsOf(step.frames)));
    }
  } finally {
    ledger.close();
  }
}

/** Resolves with the reason once a store is degraded. */
function degraded(store: SqliteStore): Promise<string> {
  return new Promise((resolve) => store.watch((reason) => reason !== undefined && resolve(reason)));
}

function message(number: number): Uint8Array {
  return frames(stored(number, { payload: PAYLOAD }), enqueued(1, 1_000_000 + number, number));
}

async function fill(): Promise<void> {
  // What is known to be acknowledged has its space before the disk is full.
  await Deno.writeFile(known, new Uint8Array(4096));
  await Deno.writeFile(ballast, new Uint8Array(5_000_000));
  const { store } = await open();
  await store.commit(frames(session(1)), 1);
  let refused = false;
  const reason = degraded(store).finally(() => refused = true);
  let committed = 1;
  while (!refused) {
    const done = store.commit(message(committed + 1), committed + 1);
    await Promise.race([done, reason]);
    if (!refused) committed += 1;
  }
  const [readable] = await store.load([2]);
  await Deno.writeTextFile(known, String(committed));
  console.log(
    JSON.stringify({ reason: await reason, committed, readable: readable?.length, degraded: store.degraded }),
  );
  Deno.kill(Deno.pid, "SIGKILL");
}

/** Everything is in the log, which is as long as there is space, and nothing is left to write it back. */
async function burst(): Promise<void> {
  await Deno.writeFile(known, new Uint8Array(4096));
  await Deno.writeFile(ballast, new Uint8Array(5_000_000));
  const { store } = await open(1e9);
  // More than fits where the batch was that could not be written whole.
  const numbers = Array.from({ length: SESSIONS }, (_, index) => index);
  await store.commit(frames(session(1), ...numbers.map((number) => session(2_000_000 + number))), 1);
  let committed = 1;
  store.watch(() => {
    Deno.writeTextFileSync(known, String(committed));
    console.log(JSON.stringify({ committed }));
    Deno.kill(Deno.pid, "SIGKILL");
  });
  for (;;) committed = await store.commit(message(committed + 1), committed + 1);
}

async function restart(): Promise<void> {
  const committed = Number(await Deno.readTextFile(known));
  const attempt = recoverOnly();
  const { store, operations, sequence, aliveAt } = await open();
  const entries = operations.filter(({ op }) => op === "enqueued").length;
  // The queue drains while there is no room, and room comes from elsewhere.
  const refused = degraded(store);
  const big = store.commit(message(sequence + 1), sequence + 1);
  const later = store.commit(frames(acknowledged(1, 1_000_002)), sequence + 2);
  const reason = await Promise.race([refused, big.then(() => "none")]);
  await Deno.remove(ballast);
  await Promise.all([big, later]);
  // The crash counts from the mark before it, whatever comes after.
  store.alive(aliveAt + 1_000_000);
  await store.commit(frames(), sequence + 3);
  const recovered = { degraded: store.degraded ?? null };
  await store.close();
  const again = await open();
  const last = again.operations.filter(({ op }) => op === "enqueued").length;
  await again.store.close();
  console.log(
    JSON.stringify({
      attempt,
      committed,
      sequence,
      entries,
      reason,
      recovered,
      last,
      lastSequence: again.sequence,
      aliveAt,
      walls: [...new Set(wallsOf(again.operations))],
    }),
  );
}
