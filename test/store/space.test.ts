/** What the store does with space on the disk, at the ledger and its housekeeping. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "@std/testing/bdd";
import { Ledger } from "../../src/store/sqlite/ledger.ts";
import { LogLimit } from "../../src/store/sqlite/log_limit.ts";
import { openStoreFile } from "../../src/store/sqlite/offline/store_file.ts";
import { Vacuum } from "../../src/store/sqlite/vacuum.ts";
import { withFolder } from "./folder.ts";
import { frames, type Operation } from "./journal_frames.ts";
import { acknowledged, ended, enqueued, session, stored } from "./operations.ts";

const PAYLOAD = new Uint8Array(10_000).fill(1);
const LOG_BYTES = 1_000_000;

/** A ledger that keeps house after each commit, without a worker and its timers. */
class Kept {
  readonly ledger: Ledger;
  readonly path: string;
  readonly logLimit: LogLimit;
  readonly #vacuum: Vacuum;
  #sequence = 0;

  constructor(folder: string) {
    this.path = join(folder, "heliograph.db");
    const request = {
      path: this.path,
      durability: "relaxed",
      logBytes: LOG_BYTES,
      failures: 0,
      settled: false,
    } as const;
    this.ledger = new Ledger(request);
    for (const _ of this.ledger.recover());
    this.logLimit = new LogLimit(this.ledger.database, request);
    this.#vacuum = new Vacuum(this.ledger.database);
  }

  commit(...operations: readonly Operation[]): void {
    this.ledger.commit({ frames: frames(...operations), sequence: ++this.#sequence }, 0);
    this.logLimit.enforce();
  }

  /** 1 MB of messages for session 1. */
  fill(from: number): void {
    const numbers = Array.from({ length: 100 }, (_, index) => from + index);
    this.commit(...numbers.flatMap((n) => [stored(n, { payload: PAYLOAD }), enqueued(1, 1_000_000 + n, n)]));
  }

  drain(from: number): void {
    const numbers = Array.from({ length: 100 }, (_, index) => from + index);
    this.commit(...numbers.map((n) => acknowledged(1, 1_000_000 + n)));
  }

  giveBack(): void {
    while (this.#vacuum.slice(this.ledger, true));
    this.logLimit.writeBack();
  }

  get fileBytes(): number {
    return Deno.statSync(this.path).size;
  }

  get logBytes(): number {
    return Deno.statSync(`${this.path}-wal`).size;
  }
}

async function withLedger(action: (kept: Kept) => void): Promise<void> {
  await withFolder((folder) => {
    const kept = new Kept(folder);
    try {
      action(kept);
    } finally {
      kept.ledger.close();
    }
    return Promise.resolve();
  });
}

describe("Ledger", () => {
  it("keeps the log at its length, however much is committed", async () => {
    await withLedger((kept) => {
      kept.commit(session(1));
      // The tables of a new file are in the log, too.
      kept.logLimit.writeBack();
      let largest = 0;
      for (let round = 0; round < 40; round++) {
        kept.fill(1000 * round + 10);
        if (round > 0) kept.drain(1000 * (round - 1) + 10);
        largest = Math.max(largest, kept.logBytes);
      }
      // One batch may come on top of it.
      assert.ok(largest < 3 * LOG_BYTES, `${largest}`);
    });
  });

  it("cuts the log after somebody has kept it from being begun anew", async () => {
    await withLedger((kept) => {
      kept.commit(session(1));
      const reader = openStoreFile(kept.path, { readOnly: true });
      reader.exec("BEGIN");
      reader.prepare("SELECT count(*) FROM entry").get();
      for (let round = 0; round < 8; round++) kept.fill(1000 * round + 10);
      assert.ok(kept.logBytes > 6 * LOG_BYTES, `${kept.logBytes}`);
      reader.close();
      for (let round = 8; round < 12; round++) kept.fill(1000 * round + 10);
      assert.ok(kept.logBytes < 4 * LOG_BYTES, `${kept.logBytes}`);
    });
  });

  it("uses space again, and gives it back", async () => {
    await withLedger((kept) => {
      kept.commit(session(1));
      for (let round = 0; round < 10; round++) kept.fill(1000 * round + 10);
      kept.logLimit.writeBack();
      const full = kept.fileBytes;
      for (let round = 10; round < 30; round++) {
        kept.drain(1000 * (round - 10) + 10);
        kept.fill(1000 * round + 10);
      }
      kept.logLimit.writeBack();
      assert.ok(kept.fileBytes < 1.2 * full, `${kept.fileBytes} after ${full}`);
      for (let round = 20; round < 30; round++) kept.drain(1000 * round + 10);
      kept.giveBack();
      // 4 MiB are kept for what comes next.
      assert.ok(kept.fileBytes < 5_000_000, `${kept.fileBytes} after ${full}`);
    });
  });

  it("removes what sessions leave that have ended, slice by slice", async () => {
    await withLedger((kept) => {
      kept.commit(session(1), session(2));
      for (let round = 0; round < 50; round++) {
        const numbers = Array.from({ length: 100 }, (_, index) => 1000 * round + 10 + index);
        kept.commit(...numbers.flatMap((n) => [stored(n), enqueued(1 + n % 2, 1_000_000 + n, n)]));
      }
      kept.commit(ended(1));
      let slices = 0;
      while (kept.ledger.sweep()) slices += 1;
      assert.ok(slices > 1, `${slices} slices`);
      assert.equal(kept.ledger.references.owned.get(1), undefined);
      assert.equal(kept.ledger.references.owned.get(2), 2500);
      const { messages } = kept.ledger.database.prepare("SELECT count(*) AS messages FROM body").get() ?? {};
      assert.equal(messages, 2500);
    });
  });
});
