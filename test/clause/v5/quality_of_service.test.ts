import assert from "node:assert/strict";
import {
  describe,
  fresh,
  it,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  secondsPass,
  together,
  useBroker,
} from "../../dialogue/mod.ts";

const lasting = { sessionExpiryInterval: 100 };

describe("MQTT 5 §4.3 quality of service", () => {
  const broker = useBroker();

  /** A subscriber whose session lasts, and a publisher. */
  async function pair(qos: 0 | 1 | 2) {
    const [topic, clientId] = [fresh("qos"), fresh("qos")];
    const reader = await broker.joins({ clientId, properties: lasting });
    await reader.subscribes(topic, { qos });
    const returns = () =>
      broker.joins({ clientId, cleanStart: false, sessionPresent: true, properties: lasting });
    return { topic, reader, writer: await broker.joins(), returns };
  }

  it("v5 [MQTT-4.3.1-1] QoS 0: one PUBLISH with DUP 0", async () => {
    const { topic, reader, writer } = await pair(0);
    await writer.publishes(topic, { payload: "x" });
    await reader.receives(publish(topic, { qos: 0, dup: false, payload: "x" }));
    await reader.receivesNothing(writer);
  });

  it("v5 [MQTT-4.3.2-1] [MQTT-4.3.2-2] QoS 1, sender: an unused identifier, DUP 0", async () => {
    const { topic, reader, writer } = await pair(1);
    await writer.publishes(topic, { qos: 1, payload: "a" });
    await writer.publishes(topic, { qos: 1, payload: "b" });
    const a = await reader.receives(publish(topic, { qos: 1, dup: false, payload: "a" }));
    const b = await reader.receives(publish(topic, { qos: 1, dup: false, payload: "b" }));
    if (a.id === b.id) throw new Error("one identifier is used twice");
  });

  it("v5 [MQTT-4.3.2-1] QoS 1, sender: identifiers go round, and one that is out is passed over", async () => {
    const topic = fresh("round");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic, { qos: 1 });
    await writer.publishes(topic, { qos: 1, payload: "out" });
    const out = await reader.receives(publish(topic, { qos: 1, payload: "out" }));
    // As many as there are identifiers: after all others, the one that is out would be next.
    const [identifiers, batch] = [65_535, 51];
    for (let others = 0; others < identifiers; others += batch) {
      for (let id = 1; id <= batch; id += 1) writer.sends(publish(topic, { qos: 1, id }));
      for (let left = batch; left > 0; left -= 1) {
        await writer.hears("puback");
        const { id = 0 } = await reader.hears("publish");
        assert.notEqual(id, out.id);
        reader.sends(puback(id));
      }
    }
    await reader.receivesNothing(writer);
  });

  it("v5 [MQTT-4.3.2-3] QoS 1, sender: unacknowledged until PUBACK", async () => {
    const { topic, reader, writer, returns } = await pair(1);
    await writer.publishes(topic, { qos: 1, payload: "a" });
    await writer.publishes(topic, { qos: 1, payload: "b" });
    const a = await reader.receives(publish(topic, { qos: 1, payload: "a" }));
    const b = await reader.receives(publish(topic, { qos: 1, payload: "b" }));
    reader.sends(puback(a.id ?? 0));
    await reader.pings();
    reader.cuts();
    const again = await returns();
    await again.receives(publish(topic, { qos: 1, id: b.id, dup: true, payload: "b" }));
    await again.receivesNothing();
  });

  it("v5 [MQTT-4.3.2-4] [MQTT-4.3.2-5] QoS 1, receiver: PUBACK, and the same identifier is a new message", async () => {
    const { topic, reader, writer } = await pair(1);
    for (const dup of [false, false, true]) {
      writer.sends(publish(topic, { qos: 1, id: 5, dup }));
      await writer.receives(puback(5));
      await reader.takes(publish(topic, { qos: 1 }));
    }
    await reader.receivesNothing();
  });

  it("v5 [MQTT-4.3.3-1] [MQTT-4.3.3-2] QoS 2, sender: an unused identifier, DUP 0", async () => {
    const { topic, reader, writer } = await pair(2);
    await writer.publishes(topic, { qos: 2, payload: "a" });
    const a = await reader.receives(publish(topic, { qos: 2, dup: false, payload: "a" }));
    reader.sends(pubrec(a.id ?? 0));
    await reader.receives(pubrel(a.id ?? 0));
    await writer.publishes(topic, { qos: 2, payload: "b" });
    const b = await reader.receives(publish(topic, { qos: 2, dup: false, payload: "b" }));
    if (a.id === b.id) throw new Error("an identifier is used again before PUBCOMP");
  });

  it("v5 [MQTT-4.3.3-3] QoS 2, sender: unacknowledged until PUBREC", async () => {
    const { topic, reader, writer, returns } = await pair(2);
    await writer.publishes(topic, { qos: 2 });
    const { id } = await reader.receives(publish(topic, { qos: 2 }));
    reader.cuts();
    const again = await returns();
    await again.takes(publish(topic, { qos: 2, id, dup: true }));
    await again.receivesNothing();
  });

  it("v5 [MQTT-4.3.3-4] QoS 2, sender: PUBREL on PUBREC, with the same identifier", async () => {
    const { topic, reader, writer } = await pair(2);
    await writer.publishes(topic, { qos: 2 });
    const { id = 0 } = await reader.receives(publish(topic, { qos: 2 }));
    reader.sends(pubrec(id));
    await reader.receives(pubrel(id));
    reader.sends(pubcomp(id));
    await reader.receivesNothing();
  });

  it("v5 [MQTT-4.3.3-4] [MQTT-4.4.0-2] QoS 2, sender: an error in PUBREC ends it, and frees the identifier", async () => {
    const { topic, reader, writer, returns } = await pair(2);
    await writer.publishes(topic, { qos: 2 });
    const { id = 0 } = await reader.receives(publish(topic, { qos: 2 }));
    reader.sends(pubrec(id, 0x87));
    await reader.receivesNothing();
    reader.cuts();
    const again = await returns();
    await again.receivesNothing();
    again.sends(pubrec(id));
    await again.receives(pubrel(id, 0x92));
  });

  it("v5 [MQTT-4.3.3-5] [MQTT-4.3.3-6] QoS 2, sender: PUBREL comes again until PUBCOMP, and PUBLISH does not", async () => {
    const { topic, reader, writer, returns } = await pair(2);
    await writer.publishes(topic, { qos: 2 });
    const { id = 0 } = await reader.receives(publish(topic, { qos: 2 }));
    reader.sends(pubrec(id));
    await reader.receives(pubrel(id));
    reader.cuts();
    const again = await returns();
    await again.receives(pubrel(id));
    await again.receivesNothing();
    again.sends(pubcomp(id));
    await again.leaves();
    await (await returns()).receivesNothing();
  });

  it("v5 [MQTT-4.3.3-8] [MQTT-4.3.3-11] QoS 2, receiver: PUBREC on PUBLISH, PUBCOMP on PUBREL", async () => {
    const { topic, reader, writer } = await pair(2);
    writer.sends(publish(topic, { qos: 2, id: 5 }));
    await writer.receives(pubrec(5));
    writer.sends(pubrel(5));
    await writer.receives(pubcomp(5));
    await reader.takes(publish(topic, { qos: 2 }));
  });

  it("v5 [MQTT-4.3.3-9] QoS 2, receiver: after a PUBREC with an error the identifier is new", async () => {
    const { topic, reader, writer } = await pair(2);
    writer.sends(publish("$SYS/refused", { qos: 2, id: 5 }));
    await writer.receives(pubrec(5, 0x87));
    writer.sends(publish(topic, { qos: 2, id: 5 }));
    await writer.receives(pubrec(5));
    writer.sends(pubrel(5));
    await writer.receives(pubcomp(5));
    await reader.takes(publish(topic, { qos: 2 }));
  });

  it("v5 [MQTT-4.3.3-10] a repeated QoS 2 message is acknowledged and not routed again", async () => {
    const { topic, reader, writer } = await pair(2);
    writer.sends(publish(topic, { qos: 2, id: 5, payload: "once" }));
    await writer.receives(pubrec(5));
    writer.sends(publish(topic, { qos: 2, id: 5, dup: true, payload: "once" }));
    await writer.receives(pubrec(5));
    writer.sends(publish(topic, { qos: 2, id: 5, payload: "once" }));
    await writer.receives(pubrec(5));
    writer.sends(pubrel(5));
    await writer.receives(pubcomp(5));
    await reader.takes(publish(topic, { qos: 2, payload: "once" }));
    await reader.receivesNothing();
  });

  it("v5 [MQTT-4.3.3-10] the identifier outlives the connection where the session does", async () => {
    const { topic, reader } = await pair(2);
    const clientId = fresh("writer");
    const writer = await broker.joins({ clientId, properties: lasting });
    writer.sends(publish(topic, { qos: 2, id: 5 }));
    await writer.receives(pubrec(5));
    writer.cuts();
    const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    again.sends(publish(topic, { qos: 2, id: 5, dup: true }));
    await again.receives(pubrec(5));
    again.sends(pubrel(5));
    await again.receives(pubcomp(5));
    await reader.takes(publish(topic, { qos: 2 }));
    await reader.receivesNothing();
  });

  it("v5 [MQTT-4.3.3-12] after PUBCOMP the identifier is new", async () => {
    const { topic, reader, writer } = await pair(2);
    for (const payload of ["one", "two"]) {
      await writer.publishes(topic, { qos: 2, id: 5, payload });
      await reader.takes(publish(topic, { qos: 2, payload }));
    }
  });

  together({
    "v5 [MQTT-4.3.3-7] a QoS 2 message that was sent does not expire": async () => {
      const { topic, reader, writer, returns } = await pair(2);
      const properties = { messageExpiryInterval: 1 };
      await writer.publishes(topic, { qos: 2, properties });
      const { id = 0 } = await reader.receives(publish(topic, { qos: 2, properties }));
      await secondsPass(broker, 2);
      reader.cuts();
      const again = await returns();
      const resent = await again.hears("publish");
      if (resent.id !== id || !resent.dup) {
        throw new Error(`it was not sent again: ${JSON.stringify(resent)}`);
      }
      again.sends(pubrec(id));
      await again.receives(pubrel(id));
      again.sends(pubcomp(id));
      await again.receivesNothing();
    },

    "v5 [MQTT-4.3.3-13] the handshake of a QoS 2 message goes on when it has expired": async () => {
      const writer = await broker.joins();
      const properties = { messageExpiryInterval: 1 };
      const topic = fresh("expired");
      await (await broker.joins()).subscribes(topic);
      writer.sends(publish(topic, { qos: 2, id: 5, properties }));
      await writer.receives(pubrec(5));
      await secondsPass(broker, 2);
      writer.sends(pubrel(5));
      await writer.receives(pubcomp(5));
    },
  });
});
