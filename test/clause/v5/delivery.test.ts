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

const lasting = { sessionExpiryInterval: 100 };

describe("MQTT 5 §4.4 delivery retry, §4.5 receipt, §4.6 ordering", () => {
  const broker = useBroker();

  it("v5 [MQTT-4.4.0-1] on reconnect, unacknowledged PUBLISH and PUBREL come again, with their identifiers", async () => {
    const [clientId, topic] = [fresh("retry"), fresh("retry")];
    const reader = await broker.joins({ clientId, properties: lasting });
    await reader.subscribes(topic, { qos: 2 });
    const writer = await broker.joins();
    await writer.publishes(topic, { qos: 2, payload: "released" });
    await writer.publishes(topic, { qos: 1, payload: "one" });
    await writer.publishes(topic, { qos: 2, payload: "two" });
    const released = await reader.receives(publish(topic, { qos: 2, payload: "released" }));
    const one = await reader.receives(publish(topic, { qos: 1, payload: "one" }));
    const two = await reader.receives(publish(topic, { qos: 2, payload: "two" }));
    reader.sends(pubrec(released.id ?? 0));
    await reader.receives(pubrel(released.id ?? 0));
    reader.cuts();
    const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await again.receivesInAnyOrder(
      pubrel(released.id ?? 0),
      publish(topic, { qos: 1, id: one.id, dup: true, payload: "one" }),
      publish(topic, { qos: 2, id: two.id, dup: true, payload: "two" }),
    );
    await again.receivesNothing();
  });

  it("v5 [MQTT-4.4.0-1] nothing is sent again on a connection that lives", async () => {
    const topic = fresh("patience");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic, { qos: 2 });
    await writer.publishes(topic, { qos: 1 });
    await writer.publishes(topic, { qos: 2 });
    await reader.receives(publish(topic, { qos: 1 }));
    const { id = 0 } = await reader.receives(publish(topic, { qos: 2 }));
    reader.sends(pubrec(id));
    await reader.receives(pubrel(id));
    for (let round = 0; round < 50; round += 1) await reader.receivesNothing();
  });

  it("v5 [MQTT-4.4.0-2] a PUBACK with an error ends the delivery", async () => {
    const [clientId, topic] = [fresh("refuse"), fresh("refuse")];
    const reader = await broker.joins({ clientId, properties: lasting });
    await reader.subscribes(topic, { qos: 1 });
    await (await broker.joins()).publishes(topic, { qos: 1 });
    const { id = 0 } = await reader.receives(publish(topic, { qos: 1 }));
    reader.sends(puback(id, 0x83));
    await reader.pings();
    reader.cuts();
    const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await again.receivesNothing();
  });

  it("v5 [MQTT-4.5.0-1] a message goes to every session that matches, present or absent", async () => {
    const [clientId, topic] = [fresh("absent"), fresh("every")];
    const absent = await broker.joins({ clientId, properties: lasting });
    await absent.subscribes(`${topic}/#`, { qos: 1 });
    await absent.leaves();
    const [one, two] = [await broker.joins(), await broker.joins()];
    await one.subscribes(`${topic}/+`);
    await two.subscribes(`${topic}/a`, { qos: 2 });
    await (await broker.joins()).publishes(`${topic}/a`, { qos: 1 });
    await one.receives(publish(`${topic}/a`));
    await two.receives(publish(`${topic}/a`, { qos: 1 }));
    const back = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await back.receives(publish(`${topic}/a`, { qos: 1 }));
  });

  it("v5 [MQTT-4.6.0-1] what is sent again comes in the order of the first time", async () => {
    const [clientId, topic] = [fresh("reorder"), fresh("reorder")];
    const reader = await broker.joins({ clientId, properties: lasting });
    await reader.subscribes(topic, { qos: 2 });
    const writer = await broker.joins();
    const messages = Array.from({ length: 10 }, (_, number) => ({
      payload: String(number),
      qos: (1 + number % 2) as 1 | 2,
    }));
    for (const message of messages) await writer.publishes(topic, message);
    for (const message of messages) await reader.receives(publish(topic, message));
    reader.cuts();
    const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    for (const message of messages) await again.receives(publish(topic, { ...message, dup: true }));
    await again.receivesNothing();
  });

  it("v5 [MQTT-4.6.0-2] [MQTT-4.6.0-3] PUBACK and PUBREC come in the order of the PUBLISH packets", async () => {
    const topic = fresh("acks");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic);
    const ids = [9, 3, 7, 1, 65535];
    writer.sends(...ids.map((id) => publish(topic, { qos: 1, id })));
    for (const id of ids) await writer.receives(puback(id));
    writer.sends(...ids.map((id) => publish(topic, { qos: 2, id })));
    for (const id of ids) await writer.receives(pubrec(id));
    writer.sends(...ids.map((id) => pubrel(id)));
    for (const id of ids) await writer.receives(pubcomp(id));
  });

  it("v5 [MQTT-4.6.0-4] PUBREL come in the order of the PUBREC packets", async () => {
    const topic = fresh("pubrels");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic, { qos: 2 });
    const ids: number[] = [];
    for (let number = 0; number < 4; number += 1) await writer.publishes(topic, { qos: 2 });
    for (let number = 0; number < 4; number += 1) {
      ids.push((await reader.receives(publish(topic, { qos: 2 }))).id ?? 0);
    }
    reader.sends(...ids.toReversed().map((id) => pubrec(id)));
    for (const id of ids.toReversed()) await reader.receives(pubrel(id));
  });

  it("v5 [MQTT-4.6.0-5] [MQTT-4.6.0-6] messages of one client, topic and QoS keep their order", async () => {
    const topic = fresh("ordered");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic, { qos: 1 });
    for (let number = 1; number <= 90; number += 1) {
      writer.sends(publish(topic, { qos: 1, id: number, payload: String(number) }));
    }
    for (let number = 1; number <= 90; number += 1) {
      await reader.takes(publish(topic, { qos: 1, payload: String(number) }));
    }
  });
});
