import {
  describe,
  fresh,
  it,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  useBroker,
} from "../../dialogue/mod.ts";

describe("MQTT 3.1.1 §4.3 quality of service", () => {
  const broker = useBroker({ version: 4 });

  async function pair(qos: 0 | 1 | 2) {
    const topic = fresh("qos");
    const reader = await broker.joins();
    await reader.subscribes(topic, { qos });
    return { topic, reader, writer: await broker.joins() };
  }

  it("v3.1.1 [MQTT-4.3.1-1] QoS 0: one PUBLISH with DUP 0", async () => {
    const { topic, reader, writer } = await pair(0);
    await writer.publishes(topic, { payload: "x" });
    await reader.receives(publish(topic, { qos: 0, dup: false, payload: "x" }));
    await reader.receivesNothing(writer);
  });

  it("v3.1.1 [MQTT-4.3.2-1] QoS 1, sender: a new identifier, DUP 0, unacknowledged until PUBACK", async () => {
    const { topic, reader, writer } = await pair(1);
    await writer.publishes(topic, { qos: 1, payload: "first" });
    const first = await reader.receives(publish(topic, { qos: 1, dup: false, payload: "first" }));
    await writer.publishes(topic, { qos: 1, payload: "second" });
    const second = await reader.receives(publish(topic, { qos: 1, dup: false, payload: "second" }));
    reader.sends(puback(second.id ?? 0), puback(first.id ?? 0));
    await reader.receivesNothing(writer);
  });

  it("v3.1.1 [MQTT-4.3.2-2] QoS 1, receiver: PUBACK, and the same identifier is a new message", async () => {
    const { topic, reader, writer } = await pair(1);
    for (const dup of [false, false, true]) {
      writer.sends(publish(topic, { qos: 1, id: 5, dup }));
      await writer.receives(puback(5));
      await reader.takes(publish(topic, { qos: 1 }));
    }
    await reader.receivesNothing();
  });

  it("v3.1.1 [MQTT-4.3.3-1] QoS 2, sender: PUBLISH, PUBREL on PUBREC, each until its answer", async () => {
    const { topic, reader, writer } = await pair(2);
    await writer.publishes(topic, { qos: 2, payload: "x" });
    const { id = 0 } = await reader.receives(publish(topic, { qos: 2, dup: false, payload: "x" }));
    await reader.receivesNothing();
    reader.sends(pubrec(id));
    await reader.receives(pubrel(id));
    await reader.receivesNothing();
    reader.sends(pubcomp(id));
    await reader.receivesNothing();
  });

  it("v3.1.1 [MQTT-4.3.3-1] QoS 2, sender: after PUBREL the PUBLISH is not sent again", async () => {
    const [clientId, topic] = [fresh("released"), fresh("released")];
    const reader = await broker.joins({ clientId, cleanStart: false });
    await reader.subscribes(topic, { qos: 2 });
    await (await broker.joins()).publishes(topic, { qos: 2 });
    const { id = 0 } = await reader.receives(publish(topic, { qos: 2 }));
    reader.sends(pubrec(id));
    await reader.receives(pubrel(id));
    reader.cuts();
    const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await again.receives(pubrel(id));
    await again.receivesNothing();
    again.sends(pubcomp(id));
    await again.leaves();
    const last = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await last.receivesNothing();
  });

  it("v3.1.1 [MQTT-4.3.3-2] QoS 2, receiver: a repeated PUBLISH is acknowledged and not delivered again", async () => {
    const { topic, reader, writer } = await pair(2);
    writer.sends(publish(topic, { qos: 2, id: 5, payload: "once" }));
    await writer.receives(pubrec(5));
    writer.sends(publish(topic, { qos: 2, id: 5, dup: true, payload: "once" }));
    await writer.receives(pubrec(5));
    writer.sends(pubrel(5));
    await writer.receives(pubcomp(5));
    await reader.takes(publish(topic, { qos: 2, payload: "once" }));
    await reader.receivesNothing();
    await writer.publishes(topic, { qos: 2, id: 5, payload: "new" });
    await reader.takes(publish(topic, { qos: 2, payload: "new" }));
  });

  it("v3.1.1 [MQTT-4.3.3-2] QoS 2, receiver: the identifier outlives the connection of a kept session", async () => {
    const { topic, reader } = await pair(2);
    const clientId = fresh("writer");
    const writer = await broker.joins({ clientId, cleanStart: false });
    writer.sends(publish(topic, { qos: 2, id: 5, payload: "once" }));
    await writer.receives(pubrec(5));
    writer.cuts();
    const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    again.sends(publish(topic, { qos: 2, id: 5, dup: true, payload: "once" }));
    await again.receives(pubrec(5));
    again.sends(pubrel(5));
    await again.receives(pubcomp(5));
    await reader.takes(publish(topic, { qos: 2, payload: "once" }));
    await reader.receivesNothing();
  });

  it("v3.1.1 §4.3.3 PUBREL for an unknown identifier is answered with PUBCOMP", async () => {
    const client = await broker.joins();
    client.sends(pubrel(999));
    await client.receives(pubcomp(999));
  });
});
