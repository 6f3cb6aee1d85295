import {
  describe,
  endsOn,
  filter,
  fresh,
  it,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  suback,
  subscribe,
  unsuback,
  unsubscribe,
  useBroker,
} from "../../dialogue/mod.ts";
import assert from "node:assert/strict";

describe("MQTT 3.1.1 §2.3.1 packet identifier", () => {
  const broker = useBroker({ version: 4 });

  it("v3.1.1 [MQTT-2.3.1-1] packet identifier 0 closes the connection", async () => {
    await endsOn(broker, `82 [0000 "a" 00]`);
    await endsOn(broker, `a2 [0000 "a"]`);
    await endsOn(broker, `32 ["a" 0000 'x']`);
    await endsOn(broker, `34 ["a" 0000 'x']`);
  });

  it("v3.1.1 [MQTT-2.3.1-4] identifiers of the server are not used twice while the first is out", async () => {
    const topic = fresh("server-id");
    const reader = await broker.joins();
    await reader.subscribes(topic, { qos: 2 });
    const writer = await broker.joins();
    for (const qos of [1, 2, 1, 2] as const) await writer.publishes(topic, { qos });
    const ids = new Set<number>();
    for (const qos of [1, 2, 1, 2] as const) {
      ids.add((await reader.receives(publish(topic, { qos }))).id ?? 0);
    }
    assert.equal(ids.size, 4);
  });

  it("v3.1.1 [MQTT-2.3.1-5] a QoS 0 PUBLISH has no identifier", async () => {
    const client = await broker.joins();
    await client.subscribes("bare", { qos: 2 });
    client.sendsBytes(`30 ["bare" 'x']`);
    await client.receivesBytes(`30 ["bare" 'x']`);
  });

  it("v3.1.1 [MQTT-2.3.1-6] acknowledgements bear the identifier of their PUBLISH", async () => {
    const topic = fresh("ack-id");
    const writer = await broker.joins();
    writer.sends(publish(topic, { qos: 1, id: 65535 }));
    await writer.receives(puback(65535));
    writer.sends(publish(topic, { qos: 2, id: 256 }));
    await writer.receives(pubrec(256));
    writer.sends(pubrel(256));
    await writer.receives(pubcomp(256));
    const reader = await broker.joins();
    await reader.subscribes(topic, { qos: 2 });
    await writer.publishes(topic, { qos: 2 });
    const { id = 0 } = await reader.receives(publish(topic, { qos: 2 }));
    reader.sends(pubrec(id));
    await reader.receives(pubrel(id));
  });

  it("v3.1.1 [MQTT-2.3.1-7] SUBACK and UNSUBACK bear the identifier of their request", async () => {
    const client = await broker.joins();
    client.sends(subscribe(4711, [filter("a")]));
    await client.receives(suback(4711, [0]));
    client.sends(unsubscribe(65535, ["a"]));
    await client.receives(unsuback(65535));
  });
});
