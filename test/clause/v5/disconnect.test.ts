import { describe, endsOn, forEach, fresh, it, publish, refuses, useBroker } from "../../dialogue/mod.ts";

describe("MQTT 5 §3.14 DISCONNECT", () => {
  const broker = useBroker();

  it("v5 [MQTT-3.14.0-1] before a CONNACK that accepts, the server sends no DISCONNECT", async () => {
    await refuses(broker, "c0 00", undefined);
    await refuses(broker, `10 ["MQTT" 05 03 003c [] "early"]`, 0x81);
  });

  it("v5 [MQTT-3.14.1-1] reserved bits that are not zero end with 0x81, and publish the will", async () => {
    await forEach(["e1", "e2", "e4", "e8"], async (first) => {
      const topic = fresh("reserved");
      const watcher = await broker.joins();
      await watcher.subscribes(topic);
      const client = await broker.joins({ will: { topic, payload: "error" } });
      client.sendsBytes(`${first} 00`);
      await client.isDisconnected(0x81);
      await watcher.receives(publish(topic, { payload: "error" }));
    });
  });

  it("v5 [MQTT-3.14.2-1] [MQTT-3.14.2-2] DISCONNECT of the server is its reason code and nothing else", async () => {
    const client = await broker.joins({ properties: { sessionExpiryInterval: 100 } });
    client.sendsBytes("00 00");
    await client.receivesBytes("e0 [81]");
    await client.isClosed();
  });

  it("v5 [MQTT-3.14.4-1] [MQTT-3.14.4-2] after its DISCONNECT the server sends nothing and closes", async () => {
    const topic = fresh("after");
    const client = await broker.joins();
    await client.subscribes(topic);
    client.sendsBytes(`00 00 30 ["${topic}" [] 'x'] c0 00`);
    await client.isDisconnected(0x81);
  });

  it("v5 [MQTT-3.14.4-3] DISCONNECT 0x00 discards the will", async () => {
    const topic = fresh("discarded");
    const watcher = await broker.joins();
    await watcher.subscribes(topic);
    const client = await broker.joins({ will: { topic } });
    await client.leaves();
    const other = await broker.joins({ will: { topic } });
    other.sendsBytes("e0 [00 []]");
    await other.isClosed();
    await watcher.receivesNothing();
  });

  it("v5 §3.14.2 DISCONNECT of a client is understood in all its forms", async () => {
    for (const form of ["e0 00", "e0 [00]", "e0 [00 []]", "e0 [04]", `e0 [00 [1f "why" 26 "a" "b"]]`]) {
      const client = await broker.joins();
      client.sendsBytes(form);
      await client.isClosed();
    }
  });

  it("v5 §3.14.2.2.5 a server reference from a client is a protocol error", async () => {
    await endsOn(broker, `e0 [9c [1c "elsewhere"]]`, 0x82);
  });

  it("v5 §3.14.4 the server reads nothing that comes after DISCONNECT", async () => {
    const topic = fresh("after");
    const watcher = await broker.joins();
    await watcher.subscribes(topic);
    const client = await broker.joins();
    client.sendsBytes(`e0 00 30 ["${topic}" [] 'x']`);
    await client.isClosed();
    await watcher.receivesNothing();
  });
});
