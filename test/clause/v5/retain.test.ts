import { describe, fresh, it, publish, useBroker } from "../../dialogue/mod.ts";

describe("MQTT 5 §3.3.1.3 RETAIN", () => {
  const broker = useBroker();

  /** A topic that holds a retained message. */
  async function retained(payload = "kept") {
    const topic = fresh("retained");
    const writer = await broker.joins();
    await writer.publishes(topic, { qos: 1, retain: true, payload });
    return { topic, writer };
  }

  it("v5 [MQTT-3.3.1-5] a retained message replaces the one before, and is kept with its QoS", async () => {
    const { topic, writer } = await retained("old");
    for (const qos of [2, 1, 0] as const) {
      await writer.publishes(topic, { qos, retain: true, payload: `new ${qos}` });
      await writer.pings();
      const reader = await broker.joins();
      await reader.subscribes(topic, { qos: 2 });
      await reader.takes(publish(topic, { qos, retain: true, payload: `new ${qos}` }));
      await reader.receivesNothing();
    }
  });

  it("v5 [MQTT-3.3.1-6] an empty payload removes the retained message and is delivered itself", async () => {
    const { topic, writer } = await retained();
    const reader = await broker.joins();
    await reader.subscribes(topic, { retainHandling: 2 });
    writer.sends(publish(topic, { retain: true }));
    await reader.receives(publish(topic));
    const late = await broker.joins();
    await late.subscribes(topic);
    await late.receivesNothing();
  });

  it("v5 [MQTT-3.3.1-7] an empty retained message is not stored", async () => {
    const topic = fresh("empty");
    const client = await broker.joins();
    await client.publishes(topic, { qos: 1, retain: true });
    await client.subscribes(topic);
    await client.subscribes(`${topic}/#`);
    await client.receivesNothing();
  });

  it("v5 [MQTT-3.3.1-8] a message without RETAIN leaves the retained one alone", async () => {
    const { topic, writer } = await retained();
    await writer.publishes(topic, { qos: 1, payload: "passing" });
    await writer.publishes(topic, { qos: 1 });
    const late = await broker.joins();
    await late.subscribes(`${topic}/#`);
    await late.receives(publish(topic, { retain: true, payload: "kept" }));
    await late.receivesNothing();
  });

  it("v5 [MQTT-3.3.1-9] Retain Handling 0 sends retained messages at every SUBSCRIBE", async () => {
    const { topic } = await retained();
    const reader = await broker.joins();
    for (let round = 0; round < 3; round += 1) {
      await reader.subscribes(topic, { retainHandling: 0 });
      await reader.receives(publish(topic, { retain: true, payload: "kept" }));
    }
    await reader.receivesNothing();
  });

  it("v5 [MQTT-3.3.1-10] Retain Handling 1 sends them for a new subscription alone", async () => {
    const { topic } = await retained();
    const reader = await broker.joins();
    await reader.subscribes(topic, { retainHandling: 1 });
    await reader.receives(publish(topic, { retain: true, payload: "kept" }));
    await reader.subscribes(topic, { retainHandling: 1 });
    await reader.subscribes(topic, { retainHandling: 1, qos: 1 });
    await reader.receivesNothing();
    await reader.subscribes(`${topic}/#`, { retainHandling: 1 });
    await reader.receives(publish(topic, { retain: true, payload: "kept" }));
  });

  it("v5 [MQTT-3.3.1-10] a subscription of a resumed session is not new", async () => {
    const { topic } = await retained();
    const clientId = fresh("resumed");
    const before = await broker.joins({ clientId, properties: { sessionExpiryInterval: 100 } });
    await before.subscribes(topic, { retainHandling: 2 });
    await before.leaves();
    const after = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await after.subscribes(topic, { retainHandling: 1 });
    await after.receivesNothing();
  });

  it("v5 [MQTT-3.3.1-11] Retain Handling 2 sends none", async () => {
    const { topic } = await retained();
    const reader = await broker.joins();
    await reader.subscribes(topic, { retainHandling: 2 });
    await reader.subscribes(`${topic}/#`, { retainHandling: 2 });
    await reader.receivesNothing();
  });

  it("v5 [MQTT-3.3.1-12] without Retain As Published the RETAIN flag of a forwarded message is 0", async () => {
    const topic = fresh("flag");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic, { retainAsPublished: false });
    writer.sends(publish(topic, { retain: true, payload: "r" }), publish(topic, { payload: "n" }));
    await reader.receives(publish(topic, { retain: false, payload: "r" }));
    await reader.receives(publish(topic, { retain: false, payload: "n" }));
  });

  it("v5 [MQTT-3.3.1-13] with Retain As Published it is what the publisher set", async () => {
    const topic = fresh("flag");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic, { retainAsPublished: true });
    writer.sends(publish(topic, { retain: true, payload: "r" }), publish(topic, { payload: "n" }));
    await reader.receives(publish(topic, { retain: true, payload: "r" }));
    await reader.receives(publish(topic, { retain: false, payload: "n" }));
  });

  it("v5 §3.3.1.3 retained messages carry the identifier of the subscription that asked for them", async () => {
    const { topic } = await retained();
    const reader = await broker.joins();
    await reader.subscribes(`${topic}/#`, { retainHandling: 2, identifier: 1 });
    await reader.subscribes(topic, { identifier: 2 });
    await reader.receives(
      publish(topic, { retain: true, payload: "kept", properties: { subscriptionIdentifiers: [2] } }),
    );
  });
});
