import {
  describe,
  endsOn,
  filter,
  forEach,
  fresh,
  it,
  publish,
  suback,
  subscribe,
  useBroker,
} from "../../dialogue/mod.ts";

describe("MQTT 3.1.1 §3.8 SUBSCRIBE, §3.9 SUBACK", () => {
  const broker = useBroker({ version: 4, limits: { filtersPerPacketMax: 4 } });

  it("v3.1.1 [MQTT-3.8.1-1] SUBSCRIBE with other flags than 0010 closes the connection", async () => {
    await forEach(["80", "81", "83", "86", "8a", "8f"], (first) => endsOn(broker, `${first} [0001 "a" 00]`));
  });

  it("v3.1.1 [MQTT-3.8.3-1] a filter that is not UTF-8 closes the connection", async () => {
    await endsOn(broker, `82 [0001 "good" 00 0002 c328 00]`);
    await endsOn(broker, "82 [0001 0009 'short' 00]");
  });

  it("v3.1.1 [MQTT-3.8.3-2] filters with wildcards are served", async () => {
    const topic = fresh("wild");
    const reader = await broker.joins();
    await reader.subscribes(`${topic}/+/b/#`);
    await reader.publishes(`${topic}/a/b/c/d`);
    await reader.receives(publish(`${topic}/a/b/c/d`));
  });

  it("v3.1.1 [MQTT-3.8.3-3] SUBSCRIBE without a filter closes the connection", async () => {
    await endsOn(broker, "82 [0001]");
    await endsOn(broker, `82 [0001 "no-qos"]`);
  });

  it("v3.1.1 [MQTT-3.8.3-4] reserved bits beside the QoS, or QoS 3, close the connection", async () => {
    await forEach(["03", "04", "08", "10", "80", "fc"], (qos) => endsOn(broker, `82 [0001 "a" ${qos}]`));
  });

  it("v3.1.1 [MQTT-3.8.4-1] [MQTT-3.8.4-2] SUBSCRIBE is answered by a SUBACK with its identifier", async () => {
    const client = await broker.joins();
    client.sends(subscribe(77, [filter("a")]), subscribe(78, [filter("b")]));
    await client.receives(suback(77, [0]));
    await client.receives(suback(78, [0]));
  });

  it("v3.1.1 [MQTT-3.8.4-3] subscribing again replaces: one copy, new QoS, retained messages once more", async () => {
    const topic = fresh("again");
    const reader = await broker.joins();
    await reader.publishes(topic, { qos: 1, retain: true, payload: "retained" });
    await reader.subscribes(topic, { qos: 0 });
    await reader.receives(publish(topic, { retain: true, payload: "retained" }));
    await reader.subscribes(topic, { qos: 1 });
    await reader.takes(publish(topic, { qos: 1, retain: true, payload: "retained" }));
    const writer = await broker.joins();
    await writer.publishes(topic, { qos: 1, payload: "live" });
    await reader.takes(publish(topic, { qos: 1, payload: "live" }));
    await reader.receivesNothing();
  });

  it("v3.1.1 [MQTT-3.8.4-3] replacing a subscription loses no message of the stream", async () => {
    const topic = fresh("stream");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic);
    for (let number = 0; number < 200; number += 1) {
      writer.sends(publish(topic, { payload: String(number) }));
      if (number % 20 === 0) reader.sends(subscribe(1000 + number, [filter(topic)]));
    }
    await writer.pings();
    const expected = Array.from({ length: 200 }, (_, number) => publish(topic, { payload: String(number) }));
    const answers = Array.from({ length: 10 }, (_, round) => suback(1000 + 20 * round, [0]));
    await reader.receivesInAnyOrder(...expected, ...answers);
    await reader.receivesNothing();
  });

  it("v3.1.1 [MQTT-3.8.4-4] many filters in one packet work as many packets do, with one SUBACK", async () => {
    const topic = fresh("many");
    const client = await broker.joins();
    client.sends(
      subscribe(1, [
        filter(`${topic}/a`),
        filter(`${topic}/b`, { qos: 1 }),
        filter(`${topic}/a`, { qos: 2 }),
      ]),
    );
    await client.receives(suback(1, [0, 1, 2]));
    await client.publishes(`${topic}/b`);
    await client.receives(publish(`${topic}/b`));
    const writer = await broker.joins();
    await writer.publishes(`${topic}/a`, { qos: 2 });
    await client.takes(publish(`${topic}/a`, { qos: 2 }));
  });

  it("v3.1.1 [MQTT-3.8.4-5] [MQTT-3.9.3-1] SUBACK has a code for each filter, in their order", async () => {
    const client = await broker.joins();
    client.sends(subscribe(9, [filter("a", { qos: 2 }), filter("b", { qos: 0 }), filter("c/#", { qos: 1 })]));
    await client.receives(suback(9, [2, 0, 1]));
  });

  it("v3.1.1 [MQTT-3.9.3-2] a subscription that fails is answered with 0x80 and no other code", async () => {
    const client = await broker.joins();
    const five = ["a", "b", "c", "d", "e"].map((name) => filter(name, { qos: 1 }));
    client.sends(subscribe(9, five));
    await client.receives(suback(9, [0x01, 0x01, 0x01, 0x01, 0x80]));
  });

  it("v3.1.1 [MQTT-3.8.4-6] messages come at the lower of published and granted QoS", async () => {
    const topic = fresh("lower");
    const writer = await broker.joins();
    for (const granted of [0, 1, 2] as const) {
      const reader = await broker.joins();
      await reader.subscribes(topic, { qos: granted });
      for (const published of [0, 1, 2] as const) {
        await writer.publishes(topic, { qos: published, payload: "x" });
        await reader.takes(publish(topic, { qos: Math.min(granted, published) as 0 | 1 | 2, payload: "x" }));
      }
      await reader.leaves();
    }
  });
});
