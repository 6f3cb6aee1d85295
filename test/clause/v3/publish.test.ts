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

describe("MQTT 3.1.1 §3.3 PUBLISH, §3.6 PUBREL", () => {
  const broker = useBroker({ version: 4 });

  it("v3.1.1 [MQTT-3.3.1-1] DUP is set when a PUBLISH is delivered again", async () => {
    const [clientId, topic] = [fresh("dup"), fresh("dup")];
    const reader = await broker.joins({ clientId, cleanStart: false });
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

  it("v3.1.1 [MQTT-3.3.1-2] DUP at QoS 0 closes the connection, and the server does not send it", async () => {
    await endsOn(broker, `38 ["a" 'x']`);
    const topic = fresh("dup0");
    const reader = await broker.joins();
    await reader.subscribes(topic, { qos: 0 });
    const writer = await broker.joins();
    writer.sends(publish(topic, { qos: 1, id: 1, dup: true }));
    await writer.receives(puback(1));
    await reader.receives(publish(topic, { qos: 0, dup: false }));
  });

  it("v3.1.1 [MQTT-3.3.1-3] DUP of an incoming PUBLISH is not passed on", async () => {
    const topic = fresh("dup-in");
    const reader = await broker.joins();
    await reader.subscribes(topic, { qos: 2 });
    const writer = await broker.joins();
    await writer.publishes(topic, { qos: 1, dup: true, payload: "one" });
    await writer.publishes(topic, { qos: 2, dup: true, payload: "two" });
    await reader.takes(publish(topic, { qos: 1, dup: false, payload: "one" }));
    await reader.takes(publish(topic, { qos: 2, dup: false, payload: "two" }));
  });

  it("v3.1.1 [MQTT-3.3.1-4] QoS 3 closes the connection", async () => {
    await forEach(["36", "37", "3e", "3f"], (first) => endsOn(broker, `${first} ["a" 0001 'x']`));
  });

  it("v3.1.1 [MQTT-3.3.2-1] the topic stands first, as UTF-8", async () => {
    await endsOn(broker, "30 [0002 c328 'x']");
    await endsOn(broker, "30 [0009 'short']");
    await endsOn(broker, "30 00");
    const reader = await broker.joins();
    await reader.subscribes("é/😀");
    reader.sendsBytes(`30 ["é/😀" 'x']`);
    await reader.receivesBytes(`30 ["é/😀" 'x']`);
  });

  it("v3.1.1 [MQTT-3.3.2-2] [MQTT-4.7.1-1] a wildcard in a topic name closes the connection", async () => {
    const short = ["#", "+", "a/#", "a/+", "a+", "a#b"];
    const long = ["+/and/more", "and/mo+re/after", "and/more/#"];
    await forEach([...short, ...long], (topic) => endsOn(broker, `30 ["${topic}" 'x']`));
  });

  it("v3.1.1 [MQTT-3.3.2-3] what a subscriber gets matches its filter", async () => {
    const topic = fresh("match");
    const reader = await broker.joins();
    await reader.subscribes(`${topic}/+/c`);
    const writer = await broker.joins();
    for (const name of ["a/c", "a/b", "c", "a/b/c", "/c"]) writer.sends(publish(`${topic}/${name}`));
    await reader.receives(publish(`${topic}/a/c`));
    await reader.receives(publish(`${topic}//c`));
    await reader.receivesNothing(writer);
  });

  it("v3.1.1 [MQTT-3.3.4-1] the answer is none, PUBACK or PUBREC, by QoS", async () => {
    const topic = fresh("answer");
    const writer = await broker.joins();
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

  it("v3.1.1 [MQTT-3.3.5-1] overlapping subscriptions deliver at the highest QoS, once", async () => {
    const topic = fresh("overlap");
    const reader = await broker.joins();
    await reader.subscribes(`${topic}/#`, { qos: 1 });
    await reader.subscribes(`${topic}/+`, { qos: 2 });
    await reader.subscribes(`${topic}/a`, { qos: 0 });
    const writer = await broker.joins();
    await writer.publishes(`${topic}/a`, { qos: 2, payload: "x" });
    await reader.takes(publish(`${topic}/a`, { qos: 2, payload: "x" }));
    await reader.receivesNothing();
  });

  it("v3.1.1 [MQTT-3.3.5-2] a publish that is not allowed is acknowledged and dropped", async () => {
    const reader = await broker.joins();
    await reader.subscribes("$SYS/forged");
    const writer = await broker.joins();
    writer.sends(
      publish("$SYS/forged", { payload: "x" }),
      publish("$SYS/forged", { qos: 1, id: 1, payload: "x" }),
    );
    await writer.receives(puback(1));
    writer.sends(publish("$SYS/forged", { qos: 2, id: 2, payload: "x" }));
    await writer.receives(pubrec(2));
    writer.sends(pubrel(2));
    await writer.receives(pubcomp(2));
    await reader.receivesNothing(writer);
  });

  it("v3.1.1 [MQTT-3.6.1-1] PUBREL with other flags than 0010 closes the connection", async () => {
    await forEach(["60", "61", "63", "64", "6a", "6f"], (first) => endsOn(broker, `${first} [0001]`));
  });

  it("v3.1.1 §3.3.3 an empty payload is a message", async () => {
    const topic = fresh("empty");
    const client = await broker.joins();
    await client.subscribes(topic);
    await client.publishes(topic);
    await client.receives(publish(topic, { payload: "" }));
  });
});
