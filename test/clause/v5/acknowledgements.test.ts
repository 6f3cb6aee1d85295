import {
  describe,
  endsOn,
  filter,
  forEach,
  fresh,
  it,
  type Properties,
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

describe("MQTT 5 §3.4 PUBACK, §3.5 PUBREC, §3.6 PUBREL, §3.7 PUBCOMP", () => {
  const broker = useBroker();

  it("v5 [MQTT-3.4.2-1] PUBACK: success has two bytes, no matching subscribers has three", async () => {
    const topic = fresh("puback");
    const client = await broker.joins();
    client.sendsBytes(`32 ["${topic}" 0007 [] 'x']`);
    await client.receivesBytes("40 [0007 10]");
    await (await broker.joins()).subscribes(topic);
    const watcher = await broker.joins();
    await watcher.subscribes(topic);
    client.sendsBytes(`32 ["${topic}" 0007 [] 'x']`);
    await client.receivesBytes("40 [0007]");
  });

  it("v5 [MQTT-3.5.2-1] PUBREC: success has two bytes, no matching subscribers has three", async () => {
    const topic = fresh("pubrec");
    const client = await broker.joins();
    client.sendsBytes(`34 ["${topic}" 0007 [] 'x']`);
    await client.receivesBytes("50 [0007 10]");
    client.sendsBytes("62 [0007]");
    await client.receivesBytes("70 [0007]");
    await (await broker.joins()).subscribes(topic);
    client.sendsBytes(`34 ["${topic}" 0007 [] 'x']`);
    await client.receivesBytes("50 [0007]");
  });

  it("v5 [MQTT-3.6.1-1] PUBREL with other flags than 0010 is malformed", async () => {
    await forEach(["60", "61", "63", "64", "6a", "6f"], (first) => endsOn(broker, `${first} [0001]`, 0x81));
  });

  it("v5 [MQTT-3.6.2-1] PUBREL: success has two bytes, an unknown identifier is 0x92", async () => {
    const topic = fresh("pubrel");
    const reader = await broker.joins();
    await reader.subscribes(topic, { qos: 2 });
    await (await broker.joins()).publishes(topic, { qos: 2 });
    const { id = 0 } = await reader.receives(publish(topic, { qos: 2 }));
    reader.sends(pubrec(id));
    await reader.receivesBytes(`62 [${id.toString(16).padStart(4, "0")}]`);
    reader.sends(pubrec(999));
    await reader.receivesBytes("62 [03e7 92]");
  });

  it("v5 [MQTT-3.7.2-1] PUBCOMP: success has two bytes, an unknown identifier is 0x92", async () => {
    const client = await broker.joins();
    client.sendsBytes("62 [03e7]");
    await client.receivesBytes("70 [03e7 92]");
  });

  it("v5 §3.4.2.1 acknowledgements of a client are understood in all their forms", async () => {
    const topic = fresh("forms");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic, { qos: 1 });
    for (const rest of ["", "00", "00 []", "10", "80", `00 [1f "why"]`, `00 [26 "a" "b" 26 "a" "b"]`]) {
      await writer.publishes(topic, { qos: 1 });
      const { id = 0 } = await reader.receives(publish(topic, { qos: 1 }));
      reader.sendsBytes(`40 [${id.toString(16).padStart(4, "0")} ${rest}]`);
      await reader.pings();
    }
  });

  it("v5 [MQTT-3.4.2-1] a reason code that is not of its packet is a protocol error", async () => {
    await endsOn(broker, "40 [0001 01]", 0x82);
    await endsOn(broker, "50 [0001 92]", 0x82);
    await endsOn(broker, "62 [0001 80]", 0x82);
    await endsOn(broker, "70 [0001 10]", 0x82);
    await endsOn(broker, "e0 [8e]", 0x82);
  });

  it("v5 §3.4 an acknowledgement for an identifier that is not in use changes nothing", async () => {
    const client = await broker.joins();
    client.sends(puback(999), pubcomp(999));
    await client.pings();
  });
});

describe("MQTT 5 §3.1.2.11.4 Maximum Packet Size of the client, §3.1.2.11.7 Request Problem Information", () => {
  const broker = useBroker({ limits: { filtersPerPacketMax: 1 } });

  /** Every kind of acknowledgement with an error, each without properties. */
  async function acknowledgesBarely(properties: Properties) {
    const client = await broker.joins({ properties });
    client.sends(publish("$SYS/a", { qos: 1, id: 1 }));
    await client.receives(puback(1, 0x87));
    client.sends(publish("$SYS/a", { qos: 2, id: 2 }));
    await client.receives(pubrec(2, 0x87));
    client.sends(pubrec(999), pubrel(999));
    await client.receives(pubrel(999, 0x92));
    await client.receives(pubcomp(999, 0x92));
    client.sends(subscribe(3, [filter("a"), filter("b")]));
    await client.receives(suback(3, [0, 0x97]));
    client.sends(unsubscribe(4, ["a"]));
    await client.receives(unsuback(4, [0]));
  }

  it("v5 [MQTT-3.1.2-29] without Request Problem Information acknowledgements carry no reason string", async () => {
    await acknowledgesBarely({ requestProblemInformation: 0 });
  });

  it("v5 [MQTT-3.4.2-2] [MQTT-3.4.2-3] [MQTT-3.5.2-2] [MQTT-3.5.2-3] PUBACK and PUBREC drop what exceeds Maximum Packet Size", async () => {
    await acknowledgesBarely({ maximumPacketSize: 32 });
  });

  it("v5 [MQTT-3.6.2-2] [MQTT-3.6.2-3] [MQTT-3.7.2-2] [MQTT-3.7.2-3] PUBREL and PUBCOMP drop what exceeds Maximum Packet Size", async () => {
    await acknowledgesBarely({ maximumPacketSize: 32 });
  });

  it("v5 [MQTT-3.9.2-1] [MQTT-3.9.2-2] [MQTT-3.11.2-1] [MQTT-3.11.2-2] SUBACK and UNSUBACK drop what exceeds Maximum Packet Size", async () => {
    await acknowledgesBarely({ maximumPacketSize: 32 });
  });

  it("v5 [MQTT-3.14.2-3] [MQTT-3.14.2-4] DISCONNECT carries no reason string or user property that is too much", async () => {
    const client = await broker.joins({ properties: { maximumPacketSize: 32 } });
    client.sendsBytes("00 00");
    await client.receivesBytes("e0 [81]");
    await client.isClosed();
  });
});
