import { describe, fresh, it, publish, useBroker } from "../../dialogue/mod.ts";

describe("MQTT 3.1.1 §3.3.1.3 RETAIN", () => {
  const broker = useBroker({ version: 4 });

  it("v3.1.1 [MQTT-3.3.1-5] a retained message is kept with its QoS for later subscribers", async () => {
    const topic = fresh("kept");
    const writer = await broker.joins();
    for (const qos of [0, 1, 2] as const) {
      await writer.publishes(`${topic}/${qos}`, { qos, retain: true, payload: "x" });
    }
    await writer.pings();
    const reader = await broker.joins();
    for (const qos of [0, 1, 2] as const) {
      await reader.subscribes(`${topic}/${qos}`, { qos: 2 });
      await reader.takes(publish(`${topic}/${qos}`, { qos, retain: true, payload: "x" }));
    }
  });

  it("v3.1.1 [MQTT-3.3.1-6] a new subscription gets the last retained message of every matching topic", async () => {
    const topic = fresh("matching");
    const writer = await broker.joins();
    for (const [name, payload] of [["a", "old"], ["a", "new"], ["b/c", "x"], ["", "x"]]) {
      await writer.publishes(`${topic}/${name}`, { qos: 1, retain: true, payload });
    }
    await writer.publishes(topic, { qos: 1, retain: true, payload: "parent" });
    const reader = await broker.joins();
    await reader.subscribes(`${topic}/#`);
    await reader.receivesInAnyOrder(
      publish(topic, { retain: true, payload: "parent" }),
      publish(`${topic}/`, { retain: true, payload: "x" }),
      publish(`${topic}/a`, { retain: true, payload: "new" }),
      publish(`${topic}/b/c`, { retain: true, payload: "x" }),
    );
    await reader.receivesNothing();
  });

  it("v3.1.1 [MQTT-3.3.1-7] a QoS 0 message replaces what was retained", async () => {
    const topic = fresh("qos0");
    const writer = await broker.joins();
    await writer.publishes(topic, { qos: 1, retain: true, payload: "old" });
    await writer.publishes(topic, { qos: 0, retain: true, payload: "new" });
    await writer.pings();
    const reader = await broker.joins();
    await reader.subscribes(topic, { qos: 1 });
    await reader.receives(publish(topic, { qos: 0, retain: true, payload: "new" }));
    await reader.receivesNothing();
  });

  it("v3.1.1 [MQTT-3.3.1-8] [MQTT-3.3.1-9] RETAIN is set for a new subscription alone", async () => {
    const topic = fresh("flag");
    const reader = await broker.joins();
    await reader.subscribes(topic);
    await reader.publishes(topic, { retain: true, payload: "x" });
    await reader.receives(publish(topic, { retain: false, payload: "x" }));
    const late = await broker.joins();
    await late.subscribes(topic);
    await late.receives(publish(topic, { retain: true, payload: "x" }));
  });

  it("v3.1.1 [MQTT-3.3.1-10] [MQTT-3.3.1-11] an empty payload removes the retained message and is delivered itself", async () => {
    const topic = fresh("clear");
    const reader = await broker.joins();
    await reader.publishes(topic, { qos: 1, retain: true, payload: "x" });
    await reader.subscribes(topic);
    await reader.receives(publish(topic, { retain: true, payload: "x" }));
    await reader.publishes(topic, { retain: true });
    await reader.receives(publish(topic));
    const late = await broker.joins();
    await late.subscribes(topic);
    await late.subscribes(`${topic}/#`);
    await late.receivesNothing();
  });

  it("v3.1.1 [MQTT-3.3.1-12] a message without RETAIN leaves the retained one alone", async () => {
    const topic = fresh("alone");
    const writer = await broker.joins();
    await writer.publishes(topic, { qos: 1, retain: true, payload: "kept" });
    await writer.publishes(topic, { qos: 1, payload: "passing" });
    await writer.publishes(topic, { qos: 1 });
    await writer.publishes(`${topic}/other`, { qos: 1, payload: "passing" });
    const reader = await broker.joins();
    await reader.subscribes(`${topic}/#`);
    await reader.receives(publish(topic, { retain: true, payload: "kept" }));
    await reader.receivesNothing();
  });
});
