/** The part of the store's contract that says what an adapter which keeps anything refuses. */
import assert from "node:assert/strict";
import { it } from "@std/testing/bdd";
import { JournalFault } from "../../src/store/store_error.ts";
import type { DrivenStore } from "../store/driven_store.ts";
import { frames, only } from "../store/journal_frames.ts";
import { away, enqueued, session, stored } from "../store/operations.ts";

/** Damaged batches, and those that break the journal's rules. */
export function refusing(current: () => DrivenStore): void {
  const whole = frames(session(1), session(2));

  async function refused(damaged: Uint8Array): Promise<void> {
    await assert.rejects(current().store.commit(damaged, 1), JournalFault);
  }

  async function nothingCounted(): Promise<void> {
    assert.equal(await current().commit(session(3)), 1);
    assert.deepEqual(only(await current().kept(), "sessionOpened"), [session(3)]);
  }

  it("commit() refuses a batch that is cut off anywhere, whole", async () => {
    for (let length = 1; length < whole.length; length++) {
      if (length !== whole.length / 2) await refused(whole.slice(0, length));
    }
    await nothingCounted();
  });

  it("commit() refuses a batch with a bit that has changed, whole", async () => {
    for (let at = 0; at < whole.length; at++) {
      const damaged = whole.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 1 << at % 8;
      await refused(damaged);
    }
    await nothingCounted();
  });

  it("commit() refuses kinds that no engine writes, and numbers that are too large", async () => {
    await refused(frames(session(1), away(stored(1))));
    const tooLarge = { op: "sessionEnded", session: 2 ** 60 } as const;
    await refused(frames(session(1), tooLarge));
    await nothingCounted();
  });

  it("commit() refuses an entry that is there already", async () => {
    await current().commit(session(1), stored(10), enqueued(1, 20, 10));
    await assert.rejects(current().store.commit(frames(enqueued(1, 20, 10)), 2), JournalFault);
    assert.deepEqual(only(await current().kept(), "enqueued"), [enqueued(1, 20, 10)]);
  });

  it("commit() takes an empty batch", async () => {
    assert.equal(await current().commit(), 1);
    assert.equal((await current().start()).recovered.sequence, 1);
  });
}
