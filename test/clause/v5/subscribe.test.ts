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

describe("MQTT 5 §3.8 SUBSCRIBE, §3.9 SUBACK", () => {
  const broker = useBroker({ limits: { filtersPerPacketMax: 4 } });

  it("v5 [MQTT-3.8.1-1] SUBSCRIBE with other flags than 0010 is malformed", async () => {
    await forEach(
      ["80", "81", "83", "86", "8a", "8f"],
      (first) => endsOn(broker, `${first} [0001 [] "a" 00]`, 0x81),
    );
  });

  it("v5 [MQTT-3.8.3-1] a filter that is not UTF-8 is malformed", async () => {
    await endsOn(broker, `82 [0001 [] "good" 00 0002 c328 00]`, 0x81);
    await endsOn(broker, "82 [0001 [] 0009 'short' 00]", 0x81);
    await endsOn(broker, `82 [0001 [] "no-options"]`, 0x81);
  });

  it("v5 [MQTT-3.8.3-2] SUBSCRIBE without a filter is a protocol error", async () => {
    await endsOn(broker, "82 [0001 []]", 0x82);
  });

  it("v5 [MQTT-3.8.3-3] No Local keeps a client's own messages from it, and no others", async () => {
    const topic = fresh("local");
    const [client, other] = [await broker.joins(), await broker.joins()];
    await client.subscribes(topic, { noLocal: true, qos: 1 });
    await client.publishes(topic, { qos: 1, payload: "mine" });
    await other.publishes(topic, { qos: 1, payload: "theirs" });
    await client.takes(publish(topic, { qos: 1, payload: "theirs" }));
    await client.receivesNothing();
  });

  it("v5 [MQTT-3.8.3-3] No Local goes by the client identifier, also after a reconnect", async () => {
    const [clientId, topic] = [fresh("local"), fresh("local")];
    const before = await broker.joins({ clientId, properties: { sessionExpiryInterval: 100 } });
    await before.subscribes(topic, { noLocal: true });
    await before.leaves();
    const after = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await after.publishes(topic);
    await after.receivesNothing();
  });

  it("v5 [MQTT-3.8.3-3] No Local holds for its own subscription and not for one that overlaps", async () => {
    const topic = fresh("local");
    const client = await broker.joins();
    await client.subscribes(`${topic}/#`, { noLocal: true, identifier: 1 });
    await client.subscribes(`${topic}/a`, { noLocal: false, identifier: 2 });
    await client.publishes(`${topic}/a`);
    await client.receives(publish(`${topic}/a`, { properties: { subscriptionIdentifiers: [2] } }));
    await client.publishes(`${topic}/b`);
    await client.receivesNothing();
  });

  it("v5 [MQTT-3.8.3-4] No Local on a shared subscription is a protocol error", async () => {
    await endsOn(broker, `82 [0001 [] "$share/g/a" 04]`, 0x82);
  });

  it("v5 [MQTT-3.8.3-5] reserved bits of the options are malformed", async () => {
    await forEach(["40", "80", "c0"], (options) => endsOn(broker, `82 [0001 [] "a" ${options}]`, 0x81));
  });

  it("v5 §3.8.3.1 QoS 3 and Retain Handling 3 are protocol errors", async () => {
    await endsOn(broker, `82 [0001 [] "a" 03]`, 0x82);
    await endsOn(broker, `82 [0001 [] "a" 30]`, 0x82);
  });

  it("v5 [MQTT-3.8.4-1] [MQTT-3.8.4-2] SUBSCRIBE is answered by a SUBACK with its identifier", async () => {
    const client = await broker.joins();
    client.sends(subscribe(77, [filter("a")]), subscribe(78, [filter("b")]));
    await client.receives(suback(77, [0]));
    await client.receives(suback(78, [0]));
  });

  it("v5 [MQTT-3.8.4-3] subscribing again replaces: one copy, new options, new identifier", async () => {
    const topic = fresh("again");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic, { qos: 0, identifier: 1 });
    await reader.subscribes(topic, { qos: 1, identifier: 2, retainAsPublished: true });
    await writer.publishes(topic, { qos: 1, retain: true, payload: "x" });
    await reader.takes(
      publish(topic, { qos: 1, retain: true, payload: "x", properties: { subscriptionIdentifiers: [2] } }),
    );
    await reader.subscribes(topic, { qos: 0, retainHandling: 2 });
    await writer.publishes(topic, { qos: 1, payload: "y" });
    await reader.takes(publish(topic, { qos: 0, payload: "y" }));
    await reader.receivesNothing();
  });

  it("v5 [MQTT-3.8.4-4] replacing a subscription loses no message of the stream", async () => {
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

  it("v5 [MQTT-3.8.4-5] many filters in one packet work as many packets do, with one SUBACK", async () => {
    const topic = fresh("many");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    const filters = [
      filter(`${topic}/a`),
      filter(`${topic}/b`, { qos: 1 }),
      filter(`${topic}/a`, { qos: 2 }),
    ];
    reader.sends(subscribe(1, filters, { subscriptionIdentifiers: [5] }));
    await reader.receives(suback(1, [0, 1, 2]));
    await writer.publishes(`${topic}/a`, { qos: 2 });
    await writer.publishes(`${topic}/b`, { qos: 2 });
    const properties = { subscriptionIdentifiers: [5] };
    await reader.takes(publish(`${topic}/a`, { qos: 2, properties }));
    await reader.takes(publish(`${topic}/b`, { qos: 1, properties }));
    await reader.receivesNothing();
  });

  it("v5 [MQTT-3.8.4-6] [MQTT-3.8.4-7] [MQTT-3.9.3-1] SUBACK has a code for each filter, in their order", async () => {
    const client = await broker.joins();
    client.sends(subscribe(9, [filter("a", { qos: 2 }), filter("b", { qos: 0 }), filter("c/#", { qos: 1 })]));
    await client.receives(suback(9, [2, 0, 1]));
  });

  it("v5 [MQTT-3.9.3-2] [MQTT-3.8.4-7] a subscription that fails has a code that says so, and the others stand", async () => {
    const client = await broker.joins();
    client.sends(subscribe(9, ["a", "b", "c", "d", "e"].map((name) => filter(name, { qos: 1 }))));
    await client.receives(suback(9, [1, 1, 1, 1, 0x97]));
    await client.publishes("d");
    await client.receives(publish("d"));
    await client.publishes("e");
    await client.receivesNothing();
  });

  it("v5 [MQTT-3.8.4-8] messages come at the lower of published and granted QoS", async () => {
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

  it("v5 [MQTT-3.8.4-8] so do retained messages", async () => {
    const topic = fresh("lower");
    const writer = await broker.joins();
    for (const published of [0, 1, 2] as const) {
      await writer.publishes(`${topic}/${published}`, { qos: published, retain: true, payload: "x" });
    }
    await writer.pings();
    for (const granted of [0, 1, 2] as const) {
      const reader = await broker.joins();
      for (const published of [0, 1, 2] as const) {
        await reader.subscribes(`${topic}/${published}`, { qos: granted });
        const qos = Math.min(granted, published) as 0 | 1 | 2;
        await reader.takes(publish(`${topic}/${published}`, { qos, retain: true, payload: "x" }));
      }
    }
  });

  it("v5 §3.8.2.1.2 two subscription identifiers in one SUBSCRIBE, or 0, are a protocol error", async () => {
    await endsOn(broker, `82 [0001 [0b 01 0b 02] "a" 00]`, 0x82);
    await endsOn(broker, `82 [0001 [0b 00] "a" 00]`, 0x82);
  });
});

describe("MQTT 5 §3.9.3 SUBACK: reason codes of refusals", () => {
  const broker = useBroker({
    limits: {
      sharedAvailable: false,
      wildcardAvailable: false,
      topicLevelsMax: 2,
      subscriptionsPerSessionMax: 2,
    },
  });

  it("v5 [MQTT-3.9.3-2] each way to fail has its own code", async () => {
    const client = await broker.joins();
    const names = ["a", "$share/g/a", "a/+", "a/b/c", "b", "c"];
    client.sends(subscribe(9, names.map((name) => filter(name))));
    await client.receives(suback(9, [0, 0x9e, 0xa2, 0x8f, 0, 0x97]));
  });
});
