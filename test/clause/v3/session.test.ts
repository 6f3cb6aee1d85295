import { describe, fresh, it, publish, useBroker } from "../../dialogue/mod.ts";

describe("MQTT 3.1.1 §3.1.2.4 clean session, §3.2.2.2 session present, §4.1 storing state", () => {
  const broker = useBroker({ version: 4 });

  it("v3.1.1 [MQTT-3.1.2-4] clean session 0 resumes the session, or begins one that is kept", async () => {
    const [clientId, topic] = [fresh("resume"), fresh("resume")];
    const before = await broker.joins({ clientId, cleanStart: false });
    await before.subscribes(topic);
    before.cuts();
    const after = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await after.publishes(topic, { payload: "still subscribed" });
    await after.receives(publish(topic, { payload: "still subscribed" }));
  });

  it("v3.1.1 [MQTT-3.1.2-5] QoS 1 and 2 messages for an absent client are kept", async () => {
    const [clientId, topic] = [fresh("absent"), fresh("absent")];
    const before = await broker.joins({ clientId, cleanStart: false });
    await before.subscribes(topic, { qos: 2 });
    await before.leaves();
    const writer = await broker.joins();
    await writer.publishes(topic, { qos: 1, payload: "one" });
    await writer.publishes(topic, { qos: 2, payload: "two" });
    const after = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await after.takes(publish(topic, { qos: 1, payload: "one" }));
    await after.takes(publish(topic, { qos: 2, payload: "two" }));
    await after.receivesNothing();
  });

  it("v3.1.1 [MQTT-3.1.2-6] clean session 1 discards the old session and leaves none behind", async () => {
    const [clientId, topic] = [fresh("clean"), fresh("clean")];
    const kept = await broker.joins({ clientId, cleanStart: false });
    await kept.subscribes(topic, { qos: 1 });
    await kept.leaves();
    const clean = await broker.joins({ clientId });
    await clean.publishes(topic, { qos: 1 });
    await clean.subscribes(`${topic}/own`);
    await clean.receivesNothing();
    await clean.leaves();
    const next = await broker.joins({ clientId, cleanStart: false, sessionPresent: false });
    await next.publishes(`${topic}/own`);
    await next.receivesNothing();
  });

  it("v3.1.1 [MQTT-3.1.2-7] retained messages outlive the session that published them", async () => {
    const topic = fresh("outlive");
    const writer = await broker.joins();
    await writer.publishes(topic, { qos: 1, retain: true, payload: "kept" });
    await writer.leaves();
    const reader = await broker.joins();
    await reader.subscribes(topic);
    await reader.receives(publish(topic, { retain: true, payload: "kept" }));
  });

  it("v3.1.1 [MQTT-3.1.4-3] a takeover with clean session 1 discards the session of the first connection", async () => {
    const [clientId, topic] = [fresh("takeover"), fresh("takeover")];
    const first = await broker.joins({ clientId, cleanStart: false });
    await first.subscribes(topic);
    const second = await broker.joins({ clientId });
    await first.isClosed();
    await second.publishes(topic);
    await second.receivesNothing();
  });

  it("v3.1.1 [MQTT-3.2.2-1] session present is 0 with clean session 1, whatever was stored", async () => {
    const clientId = fresh("present");
    await (await broker.joins({ clientId, cleanStart: false })).leaves();
    await broker.joins({ clientId, sessionPresent: false });
  });

  it("v3.1.1 [MQTT-3.2.2-2] session present is 1 when a session is stored", async () => {
    const clientId = fresh("present");
    await (await broker.joins({ clientId, cleanStart: false })).leaves();
    await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
  });

  it("v3.1.1 [MQTT-3.2.2-3] session present is 0 when no session is stored", async () => {
    await broker.joins({ clientId: fresh("present"), cleanStart: false, sessionPresent: false });
  });

  it("v3.1.1 [MQTT-4.1.0-1] the state of a session is kept as long as the session lasts", async () => {
    const [clientId, topic] = [fresh("state"), fresh("state")];
    const reader = await broker.joins({ clientId, cleanStart: false });
    await reader.subscribes(topic, { qos: 2 });
    const writer = await broker.joins();
    await writer.publishes(topic, { qos: 1, payload: "unacknowledged" });
    const { id } = await reader.receives(publish(topic, { qos: 1, payload: "unacknowledged" }));
    reader.cuts();
    await writer.publishes(topic, { qos: 2, payload: "queued" });
    const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await again.takes(publish(topic, { qos: 1, id, dup: true, payload: "unacknowledged" }));
    await again.takes(publish(topic, { qos: 2, payload: "queued" }));
  });

  it("v3.1.1 [MQTT-4.1.0-2] a session lasts at least as long as its connection", async () => {
    const topic = fresh("lasts");
    const reader = await broker.joins();
    await reader.subscribes(topic);
    for (let round = 0; round < 20; round += 1) await reader.pings();
    await reader.publishes(topic);
    await reader.receives(publish(topic));
  });
});
