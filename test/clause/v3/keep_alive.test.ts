import assert from "node:assert/strict";
import { describe, fresh, it, publish, together, useBroker } from "../../dialogue/mod.ts";

describe("MQTT 3.1.1 §3.1.2.10 keep alive, §3.12 ping", () => {
  const broker = useBroker({ version: 4 });

  it("v3.1.1 [MQTT-3.12.4-1] PINGREQ is answered with PINGRESP", async () => {
    const client = await broker.joins();
    client.sendsBytes("c0 00 c0 00");
    await client.receivesBytes("d0 00");
    await client.receivesBytes("d0 00");
  });

  together({
    "v3.1.1 [MQTT-3.1.2-24] silence of one and a half keep alives ends the connection as a network failure does":
      async () => {
        const topic = fresh("silent");
        const watcher = await broker.joins();
        await watcher.subscribes(topic);
        const from = performance.now();
        const silent = await broker.joins({ keepAliveSeconds: 1, will: { topic, payload: "silent" } });
        await silent.isClosed();
        assertBetween(performance.now() - from, 1500, 3500);
        await watcher.receives(publish(topic, { payload: "silent" }));
      },

    "v3.1.1 [MQTT-3.1.2-24] any packet of the client counts, and what the server sends does not":
      async () => {
        const topic = fresh("listening");
        const listener = await broker.joins({ keepAliveSeconds: 1 });
        await listener.subscribes(topic);
        const from = performance.now();
        const writer = await broker.joins();
        await untilClosed(listener.isClosedAfterAnything(), () => writer.publishes(topic));
        assertBetween(performance.now() - from, 1500, 3500);
      },

    "v3.1.1 §3.1.2.10 keep alive 0 turns the mechanism off": async () => {
      const free = await broker.joins({ keepAliveSeconds: 0 });
      const measure = await broker.joins({ keepAliveSeconds: 1 });
      await measure.isClosed();
      await free.pings();
    },
  });
});

describe("MQTT 3.1.1 §3.1.2.10 a maximum of the server", () => {
  const broker = useBroker({ version: 4, limits: { keepAliveSecondsMax: 1 } });

  together({
    "v3.1.1 §3.1.2.10 a longer keep alive, or none, is held to the maximum": async () => {
      const [long, none] = [
        await broker.joins({ keepAliveSeconds: 100 }),
        await broker.joins({ keepAliveSeconds: 0 }),
      ];
      await long.isClosed();
      await none.isClosed();
    },
  });
});

/** Publishes now and then until the other side is gone. */
async function untilClosed(closed: Promise<void>, act: () => Promise<void>): Promise<void> {
  let over = false;
  closed.finally(() => over = true).catch(() => {});
  while (!over) {
    await act();
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 100))]);
  }
  await closed;
}

function assertBetween(milliseconds: number, least: number, most: number): void {
  assert.ok(
    milliseconds >= least && milliseconds <= most,
    `${milliseconds} ms is not within ${least} to ${most}`,
  );
}
