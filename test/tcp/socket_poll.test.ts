import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { socketPoll } from "../../src/transport/tcp/socket_poll.ts";

describe("socketPoll()", () => {
  it("resolves again and again, also while the loop is kept busy", async () => {
    const poll = await socketPoll();
    let polled = 0;
    let busy = 0;
    async function keepBusy(): Promise<void> {
      while (polled < 5) {
        busy += 1;
        await Deno.lstat(new URL(import.meta.url));
      }
    }
    const work = keepBusy();
    for (; polled < 5; polled++) await poll();
    await work;
    assert.ok(busy > 0);
  });
});
