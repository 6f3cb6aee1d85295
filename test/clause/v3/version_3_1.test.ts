import { connack, connect, describe, dial, fresh, it, publish, useBroker } from "../../dialogue/mod.ts";

describe("MQTT 3.1, where it differs from 3.1.1", () => {
  const broker = useBroker({ version: 3 });

  it("v3.1 CONNACK has no session present: its first byte is 0", async () => {
    const clientId = fresh("kept");
    await (await broker.joins({ clientId, cleanStart: false })).leaves();
    const client = await dial(broker);
    client.sends(connect({ version: 3, clientId, cleanStart: false }));
    await client.receivesBytes("20 [00 00]");
  });

  it("v3.1 a session is resumed all the same", async () => {
    const [clientId, topic] = [fresh("kept"), fresh("kept")];
    const before = await broker.joins({ clientId, cleanStart: false });
    await before.subscribes(topic, { qos: 2 });
    await before.leaves();
    await (await broker.joins()).publishes(topic, { qos: 2, payload: "meanwhile" });
    const after = await broker.joins({ clientId, cleanStart: false });
    await after.takes(publish(topic, { qos: 2, payload: "meanwhile" }));
  });

  it("v3.1 an empty client identifier is refused with code 2, whatever clean session", async () => {
    for (const cleanStart of [true, false]) {
      const client = await dial(broker);
      client.sends(connect({ version: 3, clientId: "", cleanStart }));
      await client.receives(connack({ reason: 2 }));
      await client.isClosed();
    }
  });

  it("v3.1 DUP may be set on SUBSCRIBE, UNSUBSCRIBE and PUBREL", async () => {
    const topic = fresh("dup");
    const client = await broker.joins();
    client.sendsBytes(`8a [0001 "${topic}" 00]`);
    await client.receivesBytes("90 [0001 00]");
    client.sendsBytes(`aa [0002 "${topic}"]`);
    await client.receivesBytes("b0 [0002]");
    client.sendsBytes(`34 ["${topic}" 0003 'x']`);
    await client.receivesBytes("50 [0003]");
    client.sendsBytes("6a [0003]");
    await client.receivesBytes("70 [0003]");
  });

  it("v3.1 a will is published, and DISCONNECT removes it", async () => {
    const topic = fresh("will");
    const watcher = await broker.joins();
    await watcher.subscribes(topic, { qos: 1 });
    (await broker.joins({ will: { topic, payload: "gone", qos: 1 } })).cuts();
    await watcher.takes(publish(topic, { qos: 1, payload: "gone" }));
    await (await broker.joins({ will: { topic } })).leaves();
    await watcher.receivesNothing();
  });
});
