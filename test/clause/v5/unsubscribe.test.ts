import {
  describe,
  endsOn,
  forEach,
  fresh,
  it,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  unsuback,
  unsubscribe,
  useBroker,
} from "../../dialogue/mod.ts";

describe("MQTT 5 §3.10 UNSUBSCRIBE, §3.11 UNSUBACK", () => {
  const broker = useBroker();

  it("v5 [MQTT-3.10.1-1] UNSUBSCRIBE with other flags than 0010 is malformed", async () => {
    await forEach(["a0", "a1", "a3", "a6", "aa"], (first) => endsOn(broker, `${first} [0001 [] "a"]`, 0x81));
  });

  it("v5 [MQTT-3.10.3-1] a filter that is not UTF-8 is malformed", async () => {
    await endsOn(broker, `a2 [0001 [] "good" 0002 c328]`, 0x81);
  });

  it("v5 [MQTT-3.10.3-2] UNSUBSCRIBE without a filter is a protocol error", async () => {
    await endsOn(broker, "a2 [0001 []]", 0x82);
  });

  it("v5 [MQTT-3.10.4-1] filters are compared character by character", async () => {
    const topic = fresh("compare");
    const client = await broker.joins();
    await client.subscribes(`${topic}/+`);
    client.sends(unsubscribe(9, [`${topic}/a`, `${topic}/#`, `${topic.toUpperCase()}/+`]));
    await client.receives(unsuback(9, [0x11, 0x11, 0x11]));
    await client.publishes(`${topic}/a`);
    await client.receives(publish(`${topic}/a`));
    client.sends(unsubscribe(10, [`${topic}/+`]));
    await client.receives(unsuback(10, [0]));
    await client.publishes(`${topic}/a`);
    await client.receivesNothing();
  });

  it("v5 [MQTT-3.10.4-2] after UNSUBACK no new message comes", async () => {
    const topic = fresh("stop");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic, { qos: 2 });
    reader.sends(unsubscribe(9, [topic]));
    await reader.receives(unsuback(9, [0]));
    for (const qos of [0, 1, 2] as const) await writer.publishes(topic, { qos });
    await reader.receivesNothing(writer);
  });

  it("v5 [MQTT-3.10.4-3] deliveries that had begun are completed", async () => {
    const [topic, clientId] = [fresh("complete"), fresh("complete")];
    const reader = await broker.joins({ clientId, properties: { sessionExpiryInterval: 100 } });
    const writer = await broker.joins();
    await reader.subscribes(topic, { qos: 2 });
    await writer.publishes(topic, { qos: 2, payload: "two" });
    await writer.publishes(topic, { qos: 1, payload: "one" });
    const { id = 0 } = await reader.receives(publish(topic, { qos: 2, payload: "two" }));
    const one = await reader.receives(publish(topic, { qos: 1, payload: "one" }));
    reader.sends(unsubscribe(9, [topic]));
    await reader.receives(unsuback(9, [0]));
    reader.sends(pubrec(id));
    await reader.receives(pubrel(id));
    reader.sends(pubcomp(id));
    await reader.leaves();
    const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await again.receives(publish(topic, { qos: 1, id: one.id, dup: true, payload: "one" }));
    again.sends(puback(one.id ?? 0));
    await again.pings();
  });

  it("v5 [MQTT-3.10.4-4] [MQTT-3.10.4-5] UNSUBACK comes with the identifier, also where nothing is removed", async () => {
    const client = await broker.joins();
    client.sendsBytes(`a2 [ffff [] "never/subscribed"]`);
    await client.receivesBytes("b0 [ffff [] 11]");
  });

  it("v5 [MQTT-3.10.4-6] [MQTT-3.11.3-1] [MQTT-3.11.3-2] one UNSUBACK has a code for each filter, in their order", async () => {
    const topic = fresh("many");
    const client = await broker.joins();
    await client.subscribes(`${topic}/a`);
    await client.subscribes(`${topic}/b`);
    client.sends(unsubscribe(9, [`${topic}/a`, `${topic}/none`, `${topic}/b`, `${topic}/a`]));
    await client.receives(unsuback(9, [0, 0x11, 0, 0x11]));
    await client.publishes(`${topic}/a`);
    await client.publishes(`${topic}/b`);
    await client.receivesNothing();
  });
});
