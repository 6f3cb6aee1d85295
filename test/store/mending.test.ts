/** What becomes of batches and questions when the worker, or its database, is lost under them. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { CommitQueue } from "../../src/store/sqlite/commit_queue.ts";
import { DataDirectory } from "../../src/store/sqlite/data_directory.ts";
import { Health } from "../../src/store/sqlite/health.ts";
import { MendingWorker } from "../../src/store/sqlite/mending_worker.ts";
import { openStoreFile } from "../../src/store/sqlite/offline/store_file.ts";
import { JournalFault, StoreDegraded } from "../../src/store/store_error.ts";
import { frames, type Operation, operationsOf } from "./journal_frames.ts";
import { enqueued, session, stored } from "./operations.ts";

describe("MendingWorker and CommitQueue", () => {
  let folder: string;
  let directory: DataDirectory;
  let health: Health;
  let worker: MendingWorker;
  let queue: CommitQueue;
  let reasons: (string | undefined)[];

  beforeEach(async () => {
    folder = await Deno.makeTempDir({ prefix: "heliograph-store-" });
    directory = await DataDirectory.take(folder);
    await directory.ensureDatabaseFile();
    health = new Health();
    reasons = [];
    health.watch((reason) => reasons.push(reason));
    worker = newWorker();
    await worker.open();
    queue = new CommitQueue(worker, health);
    queue.begin((await recover(worker)).sequence);
  });

  afterEach(async () => {
    await queue.close();
    await worker.close();
    directory.release();
    await Deno.remove(folder, { recursive: true });
  });

  function newWorker(): MendingWorker {
    return new MendingWorker(
      { path: directory.paths.database, durability: "strict", logBytes: 1_000_000 },
      health,
    );
  }

  async function recover(from: MendingWorker): Promise<{ sequence: number; operations: Operation[] }> {
    const operations: Operation[] = [];
    for (;;) {
      const step = await from.link.call("recover");
      if ("recovered" in step) return { sequence: step.recovered.sequence, operations };
      operations.push(...operationsOf(step.frames));
    }
  }

  /** What a broker that starts now would be given. */
  async function kept(): Promise<Operation[]> {
    await worker.close();
    worker = newWorker();
    await worker.open();
    return (await recover(worker)).operations;
  }

  it("a batch survives its worker, whenever that is lost, and counts once", async () => {
    const entries: number[] = [];
    for (let sequence = 1; sequence <= 10; sequence++) {
      const entry = 100 + sequence;
      const committed = queue.add(
        frames(session(1), stored(sequence), enqueued(1, entry, sequence)),
        sequence,
      );
      // Before the worker has begun, while it is at it, or just after: whatever the moment is.
      for (let turn = 0; turn < sequence % 4; turn++) await worker.link.call("load", []).catch(() => {});
      worker.link.terminate();
      assert.equal(await committed, sequence);
      entries.push(entry);
    }
    const operations = await kept();
    assert.deepEqual(
      operations.flatMap((operation) => operation.op === "enqueued" ? operation.entry : []),
      entries,
    );
    assert.ok(reasons.length > 0 && reasons.at(-1) === undefined, `${reasons}`);
  });

  it("a batch that was durable all the same is not applied again", async () => {
    const batch = frames(session(1), stored(1), enqueued(1, 101, 1));
    // The answer to this one is never heard.
    await worker.link.call("commit", { frames: batch, sequence: 1 });
    assert.equal(await queue.add(batch, 1).catch((error) => error instanceof JournalFault), true);
    queue.begin(0);
    worker.link.terminate();
    assert.equal(await queue.add(batch, 1), 1);
  });

  it("a batch that may be in memory alone does not count before it has been written again", async () => {
    const reader = openStoreFile(directory.paths.database, { readOnly: true });
    reader.exec("BEGIN");
    reader.prepare("SELECT count(*) FROM entry").get();
    const batch = frames(session(1), stored(1), enqueued(1, 101, 1));
    await worker.link.call("commit", { frames: batch, sequence: 1 });
    worker.link.terminate();
    let counted = false;
    const committed = queue.add(batch, 1).then(() => counted = true);
    // It is there to be read, but somebody who reads an older state keeps the log from being written back.
    assert.equal((await worker.read("load", [1]))[0]?.length, 9);
    assert.equal(counted, false);
    assert.notEqual(health.degraded, undefined);
    reader.close();
    await committed;
    assert.equal(health.degraded, undefined);
  });

  it("says that it is degraded from the failure to the next commit, and no longer", async () => {
    worker.link.terminate();
    const committed = queue.add(frames(session(1)), 1);
    await committed;
    assert.equal(health.degraded, undefined);
    assert.deepEqual(reasons, ["the worker was ended", undefined]);
  });

  it("a question waits for the database, and is answered", async () => {
    await queue.add(frames(session(1), stored(1), enqueued(1, 101, 1)), 1);
    worker.link.terminate();
    const [contents] = await worker.read("load", [1]);
    assert.equal(contents?.length, 9);
    assert.equal(health.degraded, undefined);
  });

  it("references are counted right after the worker was lost", async () => {
    await queue.add(frames(session(1), stored(1), ...[101, 102].map((entry) => enqueued(1, entry, 1))), 1);
    worker.link.terminate();
    await queue.add(frames({ op: "acknowledged", owner: 1, entry: 101 }), 2);
    assert.equal((await worker.read("load", [1]))[0]?.length, 9);
    worker.link.terminate();
    await queue.add(frames({ op: "acknowledged", owner: 1, entry: 102 }), 3);
    assert.deepEqual(await worker.read("load", [1]), [undefined]);
  });

  it("close() gives up at once what cannot be made durable", async () => {
    await Deno.rename(directory.paths.database, `${directory.paths.database}.away`);
    await Deno.mkdir(directory.paths.database);
    worker.link.terminate();
    const refused = assert.rejects(queue.add(frames(session(1)), 1), StoreDegraded);
    const told = new Promise<void>((resolve) => health.watch((reason) => reason !== undefined && resolve()));
    if (health.degraded === undefined) await told;
    await queue.close();
    await refused;
  });
});
