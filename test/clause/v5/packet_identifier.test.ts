import assert from "node:assert/strict";
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

describe("MQTT 5 §2.2.1 packet identifier", () => {
  const broker = useBroker();

  it("v5 [MQTT-2.2.1-2] a QoS 0 PUBLISH has no identifier", async () => {
    const topic = fresh("bare");
    const client = await broker.joins();
    await client.subscribes(topic, { qos: 2 });
    client.sendsBytes(`30 ["${topic}" [] 'x']`);
    await client.receivesBytes(`30 ["${topic}" [] 'x']`);
  });

  it("v5 [MQTT-2.2.1-3] packet identifier 0 is a protocol error", async () => {
    await endsOn(broker, `82 [0000 [] "a" 00]`, 0x82);
    await endsOn(broker, `a2 [0000 [] "a"]`, 0x82);
    await endsOn(broker, `32 ["a" 0000 [] 'x']`, 0x82);
    await endsOn(broker, `34 ["a" 0000 [] 'x']`, 0x82);
  });

  it("v5 [MQTT-2.2.1-4] identifiers of the server are not 0 and not in use", async () => {
    const topic = fresh("server-id");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic, { qos: 2 });
    for (const qos of [1, 2, 1, 2] as const) await writer.publishes(topic, { qos });
    const ids = new Set<number>();
    for (const qos of [1, 2, 1, 2] as const) {
      ids.add((await reader.receives(publish(topic, { qos }))).id ?? 0);
    }
    assert.equal(ids.size, 4);
  });

  it("v5 [MQTT-2.2.1-5] acknowledgements bear the identifier of their PUBLISH", async () => {
    const topic = fresh("ack-id");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic, { qos: 2 });
    writer.sends(publish(topic, { qos: 1, id: 65535 }));
    await writer.receives(puback(65535));
    writer.sends(publish(topic, { qos: 2, id: 256 }));
    await writer.receives(pubrec(256));
    writer.sends(pubrel(256));
    await writer.receives(pubcomp(256));
    await reader.takes(publish(topic, { qos: 1 }));
    const { id = 0 } = await reader.receives(publish(topic, { qos: 2 }));
    reader.sends(pubrec(id));
    await reader.receives(pubrel(id));
  });

  it("v5 [MQTT-2.2.1-6] SUBACK and UNSUBACK bear the identifier of their request", async () => {
    const client = await broker.joins();
    client.sends(subscribe(4711, [filter("a")]));
    await client.receives(suback(4711, [0]));
    client.sends(unsubscribe(65535, ["a"]));
    await client.receives(unsuback(65535, [0]));
  });
});
