import assert from "node:assert/strict";
import { concatenate } from "../../dialogue/bytes.ts";
import { describe, encode, fresh, it, publish, useBroker } from "../../dialogue/mod.ts";

const count = 20_000;

describe(`${count} retained messages and a new subscription to all`, () => {
  const broker = useBroker();

  it("all arrive, and others are served meanwhile", async () => {
    const topic = fresh("flood");
    const writer = await broker.joins();
    for (let from = 0; from < count; from += 1000) {
      const batch = Array.from(
        { length: 1000 },
        (_, at) => publish(`${topic}/${from + at}`, { retain: true, payload: "x" }),
      );
      writer.sendsBytes(concatenate(batch.map((packet) => encode(packet, 5))));
    }
    await writer.pings();
    const [reader, neighbour] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(`${topic}/#`);
    const pings = pingsUntilDone();
    const seen = new Set<string>();
    while (seen.size < count) {
      const packet = await reader.hears("publish");
      assert.ok(packet.retain && !seen.has(packet.topic));
      seen.add(packet.topic);
    }
    await reader.receivesNothing();
    await pings();

    /** The neighbour pings all the while; the longest wait for an answer is bounded. */
    function pingsUntilDone() {
      let done = false;
      let longest = 0;
      const running = (async () => {
        while (!done) {
          const from = performance.now();
          await neighbour.pings();
          longest = Math.max(longest, performance.now() - from);
        }
      })();
      return async () => {
        done = true;
        await running;
        assert.ok(longest < 1000, `a ping waited for ${longest} ms`);
      };
    }
  });
});
