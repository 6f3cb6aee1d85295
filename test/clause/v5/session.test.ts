import { describe, endsOn, fresh, it, publish, pubrec, together, useBroker } from "../../dialogue/mod.ts";

const lasting = { sessionExpiryInterval: 100 };

describe("MQTT 5 §3.1.2.4 Clean Start, §3.1.2.11.2 session expiry, §4.1 session state", () => {
  const broker = useBroker();

  it("v5 [MQTT-3.1.2-4] [MQTT-3.2.2-2] Clean Start 1 discards the session that was", async () => {
    const [clientId, topic] = [fresh("clean"), fresh("clean")];
    const kept = await broker.joins({ clientId, properties: lasting });
    await kept.subscribes(topic, { qos: 1 });
    await kept.leaves();
    await (await broker.joins()).publishes(topic, { qos: 1 });
    const clean = await broker.joins({ clientId, cleanStart: true, sessionPresent: false });
    await clean.publishes(topic);
    await clean.receivesNothing();
  });

  it("v5 [MQTT-3.1.2-5] [MQTT-3.2.2-3] Clean Start 0 resumes the session that is there", async () => {
    const [clientId, topic] = [fresh("resume"), fresh("resume")];
    const before = await broker.joins({ clientId, properties: lasting });
    await before.subscribes(topic, { qos: 1, identifier: 7 });
    before.cuts();
    await (await broker.joins()).publishes(topic, { qos: 1, payload: "meanwhile" });
    const after = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await after.takes(
      publish(topic, { qos: 1, payload: "meanwhile", properties: { subscriptionIdentifiers: [7] } }),
    );
  });

  it("v5 [MQTT-3.1.2-6] [MQTT-3.2.2-3] Clean Start 0 without a session begins one", async () => {
    const clientId = fresh("begin");
    const first = await broker.joins({
      clientId,
      cleanStart: false,
      sessionPresent: false,
      properties: lasting,
    });
    await first.leaves();
    await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
  });

  it("v5 [MQTT-3.1.2-23] a session with an expiry is stored when the connection ends, one without is not", async () => {
    const [kept, lost] = [fresh("kept"), fresh("lost")];
    (await broker.joins({ clientId: kept, properties: lasting })).cuts();
    await (await broker.joins({ clientId: lost })).leaves();
    await broker.joins({ clientId: kept, cleanStart: false, sessionPresent: true });
    await broker.joins({ clientId: lost, cleanStart: false, sessionPresent: false });
  });

  it("v5 [MQTT-3.1.4-4] a takeover with Clean Start 1 discards the session of the first connection", async () => {
    const [clientId, topic] = [fresh("takeover"), fresh("takeover")];
    const first = await broker.joins({ clientId, properties: lasting });
    await first.subscribes(topic);
    const second = await broker.joins({ clientId, cleanStart: true, sessionPresent: false });
    await first.isDisconnected(0x8e);
    await second.publishes(topic);
    await second.receivesNothing();
  });

  it("v5 [MQTT-3.1.4-4] a takeover with Clean Start 0 goes on with the session", async () => {
    const [clientId, topic] = [fresh("takeover"), fresh("takeover")];
    const first = await broker.joins({ clientId, properties: lasting });
    await first.subscribes(topic, { qos: 1 });
    await (await broker.joins()).publishes(topic, { qos: 1 });
    const { id } = await first.receives(publish(topic, { qos: 1 }));
    const second = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await first.isDisconnected(0x8e);
    await second.takes(publish(topic, { qos: 1, id, dup: true }));
  });

  it("v5 §4.1 a session that ends with its connection is not there for a takeover that comes later", async () => {
    const clientId = fresh("ended");
    const first = await broker.joins({ clientId });
    await first.leaves();
    await broker.joins({ clientId, cleanStart: false, sessionPresent: false });
  });

  it("v5 [MQTT-4.1.0-1] the state is kept while the connection lasts", async () => {
    const topic = fresh("lasts");
    const reader = await broker.joins();
    await reader.subscribes(topic, { qos: 2 });
    await (await broker.joins()).publishes(topic, { qos: 2 });
    const { id = 0 } = await reader.receives(publish(topic, { qos: 2 }));
    for (let round = 0; round < 20; round += 1) await reader.pings();
    reader.sends(pubrec(id));
    await reader.receives({ type: "pubrel", id, reason: 0, properties: {} });
  });

  it("v5 §3.14.2.2.2 DISCONNECT may shorten the session expiry to nothing", async () => {
    const clientId = fresh("shorten");
    const client = await broker.joins({ clientId, properties: lasting });
    await client.leaves(0, { sessionExpiryInterval: 0 });
    await broker.joins({ clientId, cleanStart: false, sessionPresent: false });
  });

  it("v5 §3.14.2.2.2 DISCONNECT may lengthen the session expiry", async () => {
    const clientId = fresh("lengthen");
    const client = await broker.joins({ clientId, properties: { sessionExpiryInterval: 1 } });
    await client.leaves(0, { sessionExpiryInterval: 0xffff_ffff });
    await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
  });

  it("v5 §3.14.2.2.2 DISCONNECT may not raise the session expiry from 0", async () => {
    await endsOn(broker, "e0 [00 [11 00000001]]", 0x82);
  });

  together({
    "v5 [MQTT-4.1.0-2] a session is discarded when its expiry has passed": async () => {
      const [clientId, topic] = [fresh("expire"), fresh("expire")];
      const watcher = await broker.joins();
      await watcher.subscribes(topic);
      const will = { topic, payload: "session ended", properties: { willDelayInterval: 1000 } };
      const from = performance.now();
      (await broker.joins({ clientId, will, properties: { sessionExpiryInterval: 1 } })).cuts();
      await watcher.receives(publish(topic, { payload: "session ended" }));
      if (performance.now() - from < 1000) throw new Error("the session ended early");
      await broker.joins({ clientId, cleanStart: false, sessionPresent: false });
    },

    "v5 [MQTT-4.1.0-2] a session that expires in time is not lost before": async () => {
      const [clientId, other] = [fresh("stay"), fresh("go")];
      (await broker.joins({ clientId, properties: { sessionExpiryInterval: 0xffff_ffff } })).cuts();
      const topic = fresh("expire");
      const watcher = await broker.joins();
      await watcher.subscribes(topic);
      const will = { topic, properties: { willDelayInterval: 1000 } };
      (await broker.joins({ clientId: other, will, properties: { sessionExpiryInterval: 1 } })).cuts();
      await watcher.receives(publish(topic));
      await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    },

    "v5 [MQTT-4.1.0-2] the expiry that counts is the one of the last connection": async () => {
      const [clientId, topic] = [fresh("last"), fresh("last")];
      const watcher = await broker.joins();
      await watcher.subscribes(topic);
      (await broker.joins({ clientId, properties: lasting })).cuts();
      const will = { topic, properties: { willDelayInterval: 1000 } };
      const second = await broker.joins({
        clientId,
        cleanStart: false,
        sessionPresent: true,
        will,
        properties: { sessionExpiryInterval: 1 },
      });
      second.cuts();
      await watcher.receives(publish(topic));
      await broker.joins({ clientId, cleanStart: false, sessionPresent: false });
    },
  });
});
