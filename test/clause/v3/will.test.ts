import { describe, fresh, it, publish, refuses, useBroker } from "../../dialogue/mod.ts";

describe("MQTT 3.1.1 §3.1.2.5 will", () => {
  const broker = useBroker({ version: 4 });

  /** A topic, and a client that hears what is published to it. */
  async function watched() {
    const topic = fresh("will");
    const watcher = await broker.joins();
    await watcher.subscribes(topic, { qos: 2 });
    return { topic, watcher };
  }

  it("v3.1.1 [MQTT-3.1.2-8] a will is published when the connection ends without DISCONNECT", async () => {
    const { topic, watcher } = await watched();
    const client = await broker.joins({ will: { topic, payload: "gone", qos: 1 } });
    await watcher.receivesNothing();
    client.cuts();
    await watcher.takes(publish(topic, { qos: 1, payload: "gone" }));
  });

  it("v3.1.1 [MQTT-3.1.2-8] a will is published when the broker ends the connection for an error", async () => {
    const { topic, watcher } = await watched();
    const client = await broker.joins({ will: { topic, payload: "at fault" } });
    client.sendsBytes("00 00");
    await client.isClosed();
    await watcher.takes(publish(topic, { payload: "at fault" }));
  });

  it("v3.1.1 [MQTT-3.1.2-8] a will is published when the session is taken over", async () => {
    const { topic, watcher } = await watched();
    const clientId = fresh("client");
    await broker.joins({ clientId, will: { topic, payload: "taken" } });
    await broker.joins({ clientId });
    await watcher.takes(publish(topic, { payload: "taken" }));
  });

  it("v3.1.1 [MQTT-3.1.2-9] a will flag without will topic or will message closes the connection", async () => {
    await refuses(broker, `10 ["MQTT" 04 06 003c "will"]`, undefined, 4);
    await refuses(broker, `10 ["MQTT" 04 06 003c "will" "topic"]`, undefined, 4);
  });

  it("v3.1.1 [MQTT-3.1.2-10] [MQTT-3.14.4-3] DISCONNECT removes the will", async () => {
    const { topic, watcher } = await watched();
    const clientId = fresh("client");
    const client = await broker.joins({ clientId, cleanStart: false, will: { topic, payload: "removed" } });
    await client.leaves();
    const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await again.leaves();
    await watcher.receivesNothing();
  });

  it("v3.1.1 [MQTT-3.1.2-10] a will that was published is gone", async () => {
    const { topic, watcher } = await watched();
    const clientId = fresh("client");
    const client = await broker.joins({ clientId, cleanStart: false, will: { topic, payload: "once" } });
    client.cuts();
    await watcher.takes(publish(topic, { payload: "once" }));
    const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await again.leaves();
    await watcher.receivesNothing();
  });

  it("v3.1.1 [MQTT-3.1.2-11] a will topic and message without the flag close the connection", async () => {
    await refuses(broker, `10 ["MQTT" 04 02 003c "will" "topic" "message"]`, undefined, 4);
  });

  it("v3.1.1 [MQTT-3.1.2-12] without a will, nothing is published at the end", async () => {
    const watcher = await broker.joins();
    await watcher.subscribes("#");
    const clientId = fresh("client");
    const client = await broker.joins({ clientId });
    client.sendsBytes("00 00");
    await client.isClosed();
    await watcher.receivesNothing(await broker.joins({ clientId }));
  });

  it("v3.1.1 [MQTT-3.1.2-13] [MQTT-3.1.2-15] will QoS or will retain without the flag close the connection", async () => {
    for (const flags of ["0a", "12", "1a", "22"]) {
      await refuses(broker, `10 ["MQTT" 04 ${flags} 003c "will"]`, undefined, 4);
    }
  });

  it("v3.1.1 [MQTT-3.1.2-14] a will has QoS 0, 1 or 2, and QoS 3 closes the connection", async () => {
    const { topic, watcher } = await watched();
    for (const qos of [0, 1, 2] as const) {
      (await broker.joins({ will: { topic, qos } })).cuts();
      await watcher.takes(publish(topic, { qos }));
    }
    await refuses(broker, `10 ["MQTT" 04 1e 003c "will" "topic" "message"]`, undefined, 4);
  });

  it("v3.1.1 §3.1.3.2 a will topic with a wildcard closes the connection", async () => {
    for (const topic of ["a/#", "+", ""]) {
      await refuses(broker, `10 ["MQTT" 04 06 003c "will" "${topic}" "message"]`, undefined, 4);
    }
  });

  it("v3.1.1 [MQTT-3.1.2-16] a will without retain is not retained", async () => {
    const { topic, watcher } = await watched();
    (await broker.joins({ will: { topic, payload: "passing" } })).cuts();
    await watcher.takes(publish(topic, { payload: "passing" }));
    const late = await broker.joins();
    await late.subscribes(topic);
    await late.receivesNothing();
  });

  it("v3.1.1 [MQTT-3.1.2-17] a will with retain is retained", async () => {
    const { topic, watcher } = await watched();
    (await broker.joins({ will: { topic, payload: "lasting", retain: true } })).cuts();
    await watcher.takes(publish(topic, { payload: "lasting" }));
    const late = await broker.joins();
    await late.subscribes(topic);
    await late.receives(publish(topic, { payload: "lasting", retain: true }));
  });
});
