import assert from "node:assert/strict";
import { describe, disconnect, fresh, it, publish, together, useBroker } from "../../dialogue/mod.ts";

describe("MQTT 5 §3.1.2.10 keep alive, §3.12 ping", () => {
  const broker = useBroker();

  it("v5 [MQTT-3.12.4-1] PINGREQ is answered with PINGRESP", async () => {
    const client = await broker.joins();
    client.sendsBytes("c0 00 c0 00");
    await client.receivesBytes("d0 00");
    await client.receivesBytes("d0 00");
  });

  together({
    "v5 [MQTT-3.1.2-22] [MQTT-3.2.2-22] silence of one and a half keep alives ends with 0x8D, and the will":
      async () => {
        const topic = fresh("silent");
        const watcher = await broker.joins();
        await watcher.subscribes(topic);
        const from = performance.now();
        const silent = await broker.joins({ keepAliveSeconds: 1, will: { topic, payload: "silent" } });
        await silent.isDisconnected(0x8d);
        const milliseconds = performance.now() - from;
        assert.ok(milliseconds >= 1500 && milliseconds <= 3500, `${milliseconds} ms`);
        await watcher.receives(publish(topic, { payload: "silent" }));
      },

    "v5 [MQTT-3.1.2-22] every packet of the client counts": async () => {
      const topic = fresh("talking");
      const talking = await broker.joins({ keepAliveSeconds: 2 });
      const measure = await broker.joins({ keepAliveSeconds: 1 });
      await measure.receives(disconnect(0x8d));
      await talking.publishes(topic);
      const again = await broker.joins({ keepAliveSeconds: 1 });
      await again.receives(disconnect(0x8d));
      await talking.pings();
    },

    "v5 §3.1.2.10 keep alive 0 turns the mechanism off": async () => {
      const free = await broker.joins({ keepAliveSeconds: 0 });
      const measure = await broker.joins({ keepAliveSeconds: 1 });
      await measure.isDisconnected(0x8d);
      await free.pings();
    },
  });
});

describe("MQTT 5 §3.2.2.3.14 Server Keep Alive", () => {
  const broker = useBroker({ limits: { keepAliveSecondsMax: 2 } });

  together({
    "v5 [MQTT-3.2.2-21] the server announces its own keep alive, and holds the client to it": async () => {
      const client = await broker.joins({ keepAliveSeconds: 100, answers: { serverKeepAlive: 2 } });
      await client.isDisconnected(0x8d);
    },
    "v5 [MQTT-3.2.2-21] a client that asks for none is held to it too": async () => {
      const client = await broker.joins({ keepAliveSeconds: 0, answers: { serverKeepAlive: 2 } });
      await client.isDisconnected(0x8d);
    },
    "v5 [MQTT-3.2.2-22] a shorter keep alive of the client stands": async () => {
      const allowed = await broker.joins({ keepAliveSeconds: 2 });
      const shorter = await broker.joins({ keepAliveSeconds: 1 });
      await shorter.isDisconnected(0x8d);
      await allowed.pings();
    },
  });
});
