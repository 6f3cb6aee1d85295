import { describe, endsOn, forEach, fresh, it, publish, useBroker } from "../../dialogue/mod.ts";

describe("MQTT 3.1.1 §3.14 DISCONNECT", () => {
  const broker = useBroker({ version: 4 });

  it("v3.1.1 [MQTT-3.14.1-1] reserved bits that are not zero close the connection as an error", async () => {
    await forEach(["e1", "e2", "e4", "e8"], async (first) => {
      const topic = fresh("reserved");
      const watcher = await broker.joins();
      await watcher.subscribes(topic);
      const client = await broker.joins({ will: { topic, payload: "error" } });
      client.sendsBytes(`${first} 00`);
      await client.isClosed();
      await watcher.receives(publish(topic, { payload: "error" }));
    });
  });

  it("v3.1.1 §3.14.1 a DISCONNECT with a body closes the connection as an error", async () => {
    await endsOn(broker, "e0 01 00");
  });

  it("v3.1.1 [MQTT-3.14.4-3] the will is discarded without being published", async () => {
    const topic = fresh("discarded");
    const watcher = await broker.joins();
    await watcher.subscribes(topic);
    const client = await broker.joins({ will: { topic, payload: "never" } });
    await client.leaves();
    await watcher.receivesNothing();
  });

  it("v3.1.1 §3.14.4 the server closes, and reads nothing that comes after DISCONNECT", async () => {
    const topic = fresh("after");
    const watcher = await broker.joins();
    await watcher.subscribes(topic);
    const client = await broker.joins();
    client.sendsBytes(`e0 00 30 ["${topic}" 'x']`);
    await client.isClosed();
    await watcher.receivesNothing();
  });
});
