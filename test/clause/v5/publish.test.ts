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
  useBroker,
} from "../../dialogue/mod.ts";

describe("MQTT 5 §3.3 PUBLISH", () => {
  const broker = useBroker();

  it("v5 [MQTT-3.3.1-1] DUP is set when a PUBLISH is delivered again", async () => {
    const [clientId, topic] = [fresh("dup"), fresh("dup")];
    const reader = await broker.joins({ clientId, properties: { sessionExpiryInterval: 100 } });
    await reader.subscribes(topic, { qos: 2 });
    const writer = await broker.joins();
    await writer.publishes(topic, { qos: 1, payload: "one" });
    await writer.publishes(topic, { qos: 2, payload: "two" });
    const one = await reader.receives(publish(topic, { qos: 1, payload: "one" }));
    const two = await reader.receives(publish(topic, { qos: 2, payload: "two" }));
    reader.cuts();
    const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await again.takes(publish(topic, { qos: 1, id: one.id, dup: true, payload: "one" }));
    await again.takes(publish(topic, { qos: 2, id: two.id, dup: true, payload: "two" }));
  });

  it("v5 [MQTT-3.3.1-2] DUP at QoS 0 is malformed, and the server does not send it", async () => {
    await endsOn(broker, `38 ["a" [] 'x']`, 0x81);
    const topic = fresh("dup0");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic, { qos: 0 });
    await writer.publishes(topic, { qos: 1, dup: true });
    await reader.receives(publish(topic, { qos: 0, dup: false }));
  });

  it("v5 [MQTT-3.3.1-3] DUP of an incoming PUBLISH is not passed on", async () => {
    const topic = fresh("dup-in");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic, { qos: 2 });
    await writer.publishes(topic, { qos: 1, dup: true });
    await writer.publishes(topic, { qos: 2, dup: true });
    await reader.takes(publish(topic, { qos: 1, dup: false }));
    await reader.takes(publish(topic, { qos: 2, dup: false }));
  });

  it("v5 [MQTT-3.3.1-4] QoS 3 is malformed", async () => {
    await forEach(["36", "37", "3e", "3f"], (first) => endsOn(broker, `${first} ["a" 0001 [] 'x']`, 0x81));
  });

  it("v5 [MQTT-3.3.2-1] the topic stands first, as UTF-8", async () => {
    await endsOn(broker, "30 [0002 c328 [] 'x']", 0x81);
    await endsOn(broker, "30 [0009 'short']", 0x81);
    await endsOn(broker, "30 00", 0x81);
  });

  it("v5 [MQTT-3.3.2-2] [MQTT-4.7.0-1] a wildcard in a topic name ends with 0x90", async () => {
    await forEach(
      ["#", "+", "a/#", "a/+", "a+", "a#b", "+/and/more", "and/mo+re/after", "and/more/#"],
      (topic) => endsOn(broker, `30 ["${topic}" [] 'x']`, 0x90),
    );
  });

  it("v5 [MQTT-3.3.2-3] what a subscriber gets matches its filter", async () => {
    const topic = fresh("match");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(`${topic}/+/c`);
    for (const name of ["a/c", "a/b", "c", "a/b/c", "/c"]) writer.sends(publish(`${topic}/${name}`));
    await reader.receives(publish(`${topic}/a/c`));
    await reader.receives(publish(`${topic}//c`));
    await reader.receivesNothing(writer);
  });

  it("v5 [MQTT-3.3.4-1] the answer is none, PUBACK or PUBREC, by QoS", async () => {
    const topic = fresh("answer");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic);
    writer.sends(
      publish(topic, { qos: 0 }),
      publish(topic, { qos: 1, id: 1 }),
      publish(topic, { qos: 2, id: 2 }),
    );
    await writer.receives(puback(1));
    await writer.receives(pubrec(2));
    await writer.receivesNothing();
    writer.sends(pubrel(2));
    await writer.receives(pubcomp(2));
  });

  it("v5 [MQTT-3.3.4-2] overlapping subscriptions deliver once, at the highest QoS", async () => {
    const topic = fresh("overlap");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(`${topic}/#`, { qos: 1 });
    await reader.subscribes(`${topic}/+`, { qos: 2 });
    await reader.subscribes(`${topic}/a`, { qos: 0 });
    await writer.publishes(`${topic}/a`, { qos: 2, payload: "x" });
    await reader.takes(publish(`${topic}/a`, { qos: 2, payload: "x" }));
    await reader.receivesNothing();
  });

  it("v5 [MQTT-3.3.4-3] [MQTT-3.3.4-4] the one copy carries every identifier of the subscriptions that match", async () => {
    const topic = fresh("overlap");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(`${topic}/#`, { qos: 1, identifier: 268_435_455 });
    await reader.subscribes(`${topic}/+`, { qos: 0 });
    await reader.subscribes(`${topic}/a`, { qos: 1, identifier: 1 });
    await reader.subscribes(`${topic}/b`, { qos: 1, identifier: 9 });
    await writer.publishes(`${topic}/a`, { qos: 1 });
    await reader.takes(
      publish(`${topic}/a`, { qos: 1, properties: { subscriptionIdentifiers: [268_435_455, 1] } }),
    );
    await reader.receivesNothing();
  });

  it("v5 [MQTT-3.3.4-5] every copy of every client carries the identifiers of its own subscriptions", async () => {
    const topic = fresh("own");
    const [one, two, writer] = [await broker.joins(), await broker.joins(), await broker.joins()];
    await one.subscribes(topic, { identifier: 1 });
    await two.subscribes(topic, { identifier: 2 });
    writer.sends(publish(topic));
    await one.receives(publish(topic, { properties: { subscriptionIdentifiers: [1] } }));
    await two.receives(publish(topic, { properties: { subscriptionIdentifiers: [2] } }));
  });

  it("v5 [MQTT-3.3.4-6] a subscription identifier from a client is a protocol error", async () => {
    await endsOn(broker, `30 ["a" [0b 01] 'x']`, 0x82);
  });
});
