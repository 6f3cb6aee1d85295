/** The ledger against a model that knows nothing of folding, references or SQL, over random journals. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "@std/testing/bdd";
import { checkInvariants } from "../../src/store/sqlite/invariants.ts";
import { Ledger } from "../../src/store/sqlite/ledger.ts";
import type { Recovered } from "../../src/store/store.ts";
import { withFolder } from "./folder.ts";
import { frames, type Operation, operationsOf } from "./journal_frames.ts";
import { RandomJournal } from "./random_journal.ts";

const SEEDS = 25;
const BATCHES = 40;

/** Opens the ledger of a folder, as a broker that starts does. */
function start(path: string): { ledger: Ledger; operations: Operation[]; recovered: Recovered } {
  const ledger = new Ledger({ path, durability: "relaxed", logBytes: 1e6, failures: 0, settled: false });
  const operations: Operation[] = [];
  for (const step of ledger.recover()) {
    if ("recovered" in step) return { ledger, operations, recovered: step.recovered };
    operations.push(...operationsOf(step.frames));
  }
  throw new Error("the recovery has no end");
}

/** Leaves out messages to which nothing refers any more: they may come, until the sweep has been there. */
function referred(operation: Operation, { model }: RandomJournal): boolean {
  return operation.op !== "storedAway" || model.bodies.has(operation.body);
}

function sweepAll(ledger: Ledger): void {
  while (ledger.sweep());
}

/** One broker's life: batches, sweeps and crashes. */
function live(seed: number, path: string): void {
  const journal = new RandomJournal(seed);
  let { ledger } = start(path);
  for (let sequence = 1; sequence <= BATCHES; sequence++) {
    const aliveAt = 1_790_000_000_000 + sequence;
    ledger.commit({ frames: frames(...journal.batch(1 + journal.below(15))), sequence }, aliveAt);
    if (journal.below(4) === 0) ledger.sweep();
    if (journal.below(4) > 0) continue;
    if (journal.below(2) === 0) sweepAll(ledger);
    ledger.close();
    journal.model.crash(aliveAt);
    const next = start(path);
    ledger = next.ledger;
    assert.deepEqual(next.recovered.sequence, sequence);
    assert.deepEqual(
      next.operations.filter((operation) => referred(operation, journal)),
      journal.model.operations(),
    );
    sweepAll(ledger);
    const { faults, leftover } = checkInvariants(ledger.database);
    assert.deepEqual({ faults, leftover }, { faults: [], leftover: 0 });
  }
  ledger.close();
}

describe("Ledger", () => {
  it("comes to what the model comes to", async () => {
    await withFolder((folder) => {
      for (let seed = 1; seed <= SEEDS; seed++) {
        try {
          live(seed, join(folder, `${seed}.db`));
        } catch (error) {
          throw new Error(`seed ${seed} fails`, { cause: error });
        }
      }
      return Promise.resolve();
    });
  });
});
