import {
  connack,
  connect,
  describe,
  dial,
  filter,
  fresh,
  it,
  pingreq,
  pingresp,
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

describe("MQTT 5 §4.9 flow control, Receive Maximum of the client", () => {
  const broker = useBroker();

  /** A subscriber with a window of two, and a publisher that sends five messages. */
  async function window(qos: 1 | 2) {
    const topic = fresh("window");
    const clientId = fresh("window");
    const properties = { receiveMaximum: 2, sessionExpiryInterval: 100 };
    const [reader, writer] = [await broker.joins({ clientId, properties }), await broker.joins()];
    await reader.subscribes(topic, { qos: 2 });
    for (let number = 1; number <= 5; number += 1) {
      await writer.publishes(topic, { qos, payload: String(number) });
    }
    return { topic, clientId, properties, reader, writer };
  }

  it("v5 [MQTT-3.3.4-9] [MQTT-4.9.0-1] [MQTT-4.9.0-2] QoS 1: the window is full until PUBACK", async () => {
    const { topic, reader } = await window(1);
    const first = await reader.receives(publish(topic, { qos: 1, payload: "1" }));
    const second = await reader.receives(publish(topic, { qos: 1, payload: "2" }));
    await reader.receivesNothing();
    reader.sends(puback(second.id ?? 0));
    const third = await reader.receives(publish(topic, { qos: 1, payload: "3" }));
    await reader.receivesNothing();
    reader.sends(puback(first.id ?? 0), puback(third.id ?? 0));
    await reader.takes(publish(topic, { qos: 1, payload: "4" }));
    await reader.takes(publish(topic, { qos: 1, payload: "5" }));
    await reader.receivesNothing();
  });

  it("v5 [MQTT-3.3.4-9] QoS 2: the window is full until PUBCOMP", async () => {
    const { topic, reader } = await window(2);
    const { id = 0 } = await reader.receives(publish(topic, { qos: 2, payload: "1" }));
    await reader.receives(publish(topic, { qos: 2, payload: "2" }));
    reader.sends(pubrec(id));
    await reader.receives(pubrel(id));
    await reader.receivesNothing();
    reader.sends(pubcomp(id));
    await reader.receives(publish(topic, { qos: 2, payload: "3" }));
    await reader.receivesNothing();
  });

  it("v5 [MQTT-3.3.4-9] QoS 2: a PUBREC with an error frees a place at once", async () => {
    const { topic, reader } = await window(2);
    const { id = 0 } = await reader.receives(publish(topic, { qos: 2, payload: "1" }));
    await reader.receives(publish(topic, { qos: 2, payload: "2" }));
    reader.sends(pubrec(id, 0x80));
    await reader.receives(publish(topic, { qos: 2, payload: "3" }));
    await reader.receivesNothing();
  });

  it("v5 [MQTT-3.3.4-10] [MQTT-4.9.0-3] with a full window, everything else goes on", async () => {
    const { topic, reader, writer } = await window(1);
    await reader.receives(publish(topic, { qos: 1, payload: "1" }));
    await reader.receives(publish(topic, { qos: 1, payload: "2" }));
    const other = fresh("other");
    reader.sends(subscribe(10, [filter(other)]));
    await reader.receives(suback(10, [0]));
    writer.sends(publish(other));
    await reader.receives(publish(other));
    reader.sends(publish(other, { qos: 1, id: 11 }), publish("nobody", { qos: 2, id: 12 }));
    await reader.receivesInAnyOrder(puback(11), publish(other), pubrec(12, 0x10));
    reader.sends(pubrel(12), unsubscribe(13, [other]), pingreq());
    await reader.receivesInAnyOrder(pubcomp(12), unsuback(13, [0]), pingresp());
  });

  it("v5 §4.9 a QoS 0 message passes a full window", async () => {
    const { topic, reader, writer } = await window(1);
    await reader.receives(publish(topic, { qos: 1, payload: "1" }));
    await reader.receives(publish(topic, { qos: 1, payload: "2" }));
    writer.sends(publish(topic, { qos: 0, payload: "passes" }));
    await reader.receives(publish(topic, { qos: 0, payload: "passes" }));
  });

  it("v5 §4.9 the window begins anew with a connection, and what was out counts", async () => {
    const { topic, clientId, properties, reader } = await window(1);
    const first = await reader.receives(publish(topic, { qos: 1, payload: "1" }));
    const second = await reader.receives(publish(topic, { qos: 1, payload: "2" }));
    reader.cuts();
    const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true, properties });
    await again.receives(publish(topic, { qos: 1, id: first.id, dup: true, payload: "1" }));
    await again.receives(publish(topic, { qos: 1, id: second.id, dup: true, payload: "2" }));
    await again.receivesNothing();
    again.sends(puback(first.id ?? 0), puback(second.id ?? 0));
    await again.receives(publish(topic, { qos: 1, payload: "3" }));
    await again.receives(publish(topic, { qos: 1, payload: "4" }));
    await again.receivesNothing();
  });

  it("v5 §4.9 a larger window at the next connection is used", async () => {
    const { topic, clientId, reader } = await window(1);
    await reader.receives(publish(topic, { qos: 1, payload: "1" }));
    await reader.receives(publish(topic, { qos: 1, payload: "2" }));
    reader.cuts();
    const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await again.receives(publish(topic, { qos: 1, dup: true, payload: "1" }));
    await again.receives(publish(topic, { qos: 1, dup: true, payload: "2" }));
    for (const payload of ["3", "4", "5"]) await again.receives(publish(topic, { qos: 1, payload }));
  });
});

describe("MQTT 5 §3.2.2.3.3 Receive Maximum of the server", () => {
  const broker = useBroker({ limits: { receiveMaximum: 3 } });

  it("v5 [MQTT-3.3.4-7] more QoS 2 messages than Receive Maximum end with 0x93", async () => {
    const client = await dial(broker);
    client.sends(connect());
    await client.receives(connack({ properties: { receiveMaximum: 3 } }));
    const topic = fresh("quota");
    for (let id = 1; id <= 3; id += 1) client.sends(publish(topic, { qos: 2, id }));
    for (let id = 1; id <= 3; id += 1) await client.receives(pubrec(id, 0x10));
    client.sends(publish(topic, { qos: 2, id: 4 }));
    await client.isDisconnected(0x93);
  });

  it("v5 §4.9 PUBCOMP gives a place back, and a repeated PUBLISH takes none", async () => {
    const client = await broker.joins();
    const topic = fresh("quota");
    for (let id = 1; id <= 3; id += 1) client.sends(publish(topic, { qos: 2, id }));
    for (let id = 1; id <= 3; id += 1) await client.receives(pubrec(id, 0x10));
    client.sends(publish(topic, { qos: 2, id: 3, dup: true }));
    await client.hears("pubrec");
    client.sends(pubrel(1));
    await client.receives(pubcomp(1));
    await client.publishes(topic, { qos: 1, id: 9 });
    client.sends(publish(topic, { qos: 2, id: 4 }));
    await client.receives(pubrec(4, 0x10));
    await client.pings();
  });
});
