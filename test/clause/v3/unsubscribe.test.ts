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

describe("MQTT 3.1.1 §3.10 UNSUBSCRIBE", () => {
  const broker = useBroker({ version: 4 });

  it("v3.1.1 [MQTT-3.10.1-1] UNSUBSCRIBE with other flags than 0010 closes the connection", async () => {
    await forEach(["a0", "a1", "a3", "a6", "aa"], (first) => endsOn(broker, `${first} [0001 "a"]`));
  });

  it("v3.1.1 [MQTT-3.10.3-1] a filter that is not UTF-8 closes the connection", async () => {
    await endsOn(broker, `a2 [0001 "good" 0002 c328]`);
  });

  it("v3.1.1 [MQTT-3.10.3-2] UNSUBSCRIBE without a filter closes the connection", async () => {
    await endsOn(broker, "a2 [0001]");
  });

  it("v3.1.1 [MQTT-3.10.4-1] filters are compared character by character", async () => {
    const topic = fresh("compare");
    const client = await broker.joins();
    await client.subscribes(`${topic}/+`);
    client.sends(unsubscribe(9, [`${topic}/a`, `${topic}/#`, topic.toUpperCase() + "/+"]));
    await client.receives(unsuback(9));
    await client.publishes(`${topic}/a`);
    await client.receives(publish(`${topic}/a`));
    client.sends(unsubscribe(10, [`${topic}/+`]));
    await client.receives(unsuback(10));
    await client.publishes(`${topic}/a`);
    await client.receivesNothing();
  });

  it("v3.1.1 [MQTT-3.10.4-2] after UNSUBACK no new message comes", async () => {
    const topic = fresh("stop");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic, { qos: 2 });
    reader.sends(unsubscribe(9, [topic]));
    await reader.receives(unsuback(9));
    for (const qos of [0, 1, 2] as const) await writer.publishes(topic, { qos });
    await reader.receivesNothing(writer);
  });

  it("v3.1.1 [MQTT-3.10.4-3] deliveries that had begun are completed", async () => {
    const topic = fresh("complete");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic, { qos: 2 });
    await writer.publishes(topic, { qos: 2 });
    const { id = 0 } = await reader.receives(publish(topic, { qos: 2 }));
    reader.sends(unsubscribe(9, [topic]));
    await reader.receives(unsuback(9));
    reader.sends(pubrec(id));
    await reader.receives(pubrel(id));
    reader.sends(pubcomp(id));
    await reader.pings();
  });

  it("v3.1.1 [MQTT-3.10.4-3] a QoS 1 delivery that had begun comes again after a reconnect", async () => {
    const [topic, clientId] = [fresh("complete"), fresh("complete")];
    const [reader, writer] = [await broker.joins({ clientId, cleanStart: false }), await broker.joins()];
    await reader.subscribes(topic, { qos: 1 });
    await writer.publishes(topic, { qos: 1 });
    const { id = 0 } = await reader.receives(publish(topic, { qos: 1 }));
    reader.sends(unsubscribe(9, [topic]));
    await reader.receives(unsuback(9));
    reader.cuts();
    const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await again.receives(publish(topic, { qos: 1, id, dup: true }));
    again.sends(puback(id));
    await again.pings();
  });

  it("v3.1.1 [MQTT-3.10.4-4] [MQTT-3.10.4-5] UNSUBACK comes with the identifier, also where nothing is removed", async () => {
    const client = await broker.joins();
    client.sendsBytes(`a2 [ffff "never/subscribed"]`);
    await client.receivesBytes("b0 02 ffff");
  });

  it("v3.1.1 [MQTT-3.10.4-6] many filters in one packet are answered by one UNSUBACK", async () => {
    const topic = fresh("many");
    const client = await broker.joins();
    await client.subscribes(`${topic}/a`);
    await client.subscribes(`${topic}/b`);
    client.sends(unsubscribe(9, [`${topic}/a`, `${topic}/none`, `${topic}/b`]));
    await client.receives(unsuback(9));
    await client.publishes(`${topic}/a`);
    await client.publishes(`${topic}/b`);
    await client.receivesNothing();
  });
});
