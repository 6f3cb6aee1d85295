import assert from "node:assert/strict";
import {
  connack,
  connect,
  describe,
  dial,
  fresh,
  it,
  publish,
  refuses,
  secondsPass,
  together,
  useBroker,
} from "../../dialogue/mod.ts";

describe("MQTT 5 §3.1.2.5 will, §3.1.3.2 will properties", () => {
  const broker = useBroker();

  /** A topic, and a client that hears what is published to it. */
  async function watched() {
    const topic = fresh("will");
    const watcher = await broker.joins();
    await watcher.subscribes(topic, { qos: 2 });
    return { topic, watcher };
  }

  it("v5 [MQTT-3.1.2-7] [MQTT-3.1.2-8] a will is published when the connection ends without DISCONNECT", async () => {
    const { topic, watcher } = await watched();
    const client = await broker.joins({ will: { topic, payload: "gone", qos: 1 } });
    await watcher.receivesNothing();
    client.cuts();
    await watcher.takes(publish(topic, { qos: 1, payload: "gone" }));
  });

  it("v5 [MQTT-3.1.2-8] a will is published when the broker ends the connection for an error", async () => {
    const { topic, watcher } = await watched();
    const client = await broker.joins({ will: { topic, payload: "at fault" } });
    client.sendsBytes("00 00");
    await client.isDisconnected(0x81);
    await watcher.takes(publish(topic, { payload: "at fault" }));
  });

  it("v5 [MQTT-3.1.2-8] a will without delay is published at a takeover, whichever Clean Start", async () => {
    const { topic, watcher } = await watched();
    for (const cleanStart of [true, false]) {
      const clientId = fresh("client");
      const properties = { sessionExpiryInterval: 100 };
      const first = await broker.joins({ clientId, properties, will: { topic, payload: "taken" } });
      await broker.joins({ clientId, cleanStart, sessionPresent: !cleanStart });
      await first.isDisconnected(0x8e);
      await watcher.takes(publish(topic, { payload: "taken" }));
    }
  });

  it("v5 [MQTT-3.1.2-8] DISCONNECT 0x04 publishes the will, as do error codes of the client", async () => {
    const { topic, watcher } = await watched();
    for (const reason of [0x04, 0x80, 0x81, 0x97]) {
      const client = await broker.joins({ will: { topic, payload: String(reason) } });
      await client.leaves(reason);
      await watcher.takes(publish(topic, { payload: String(reason) }));
    }
  });

  it("v5 [MQTT-3.1.2-9] a will flag without the will's fields is malformed", async () => {
    await refuses(broker, `10 ["MQTT" 05 06 003c [] "will"]`, 0x81);
    await refuses(broker, `10 ["MQTT" 05 06 003c [] "will" []]`, 0x81);
    await refuses(broker, `10 ["MQTT" 05 06 003c [] "will" [] "topic"]`, 0x81);
  });

  it("v5 [MQTT-3.1.2-10] [MQTT-3.14.4-3] DISCONNECT 0x00 removes the will", async () => {
    const { topic, watcher } = await watched();
    const clientId = fresh("client");
    const properties = { sessionExpiryInterval: 100 };
    const client = await broker.joins({ clientId, properties, will: { topic } });
    await client.leaves();
    const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true, properties });
    again.cuts();
    const last = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await last.leaves();
    await watcher.receivesNothing();
  });

  it("v5 [MQTT-3.1.2-10] a will that was published is gone", async () => {
    const { topic, watcher } = await watched();
    const clientId = fresh("client");
    const properties = { sessionExpiryInterval: 100 };
    (await broker.joins({ clientId, properties, will: { topic, payload: "once" } })).cuts();
    await watcher.takes(publish(topic, { payload: "once" }));
    const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await again.leaves();
    await watcher.receivesNothing();
  });

  it("v5 [MQTT-3.1.2-11] [MQTT-3.1.2-13] will QoS or will retain without the flag are malformed", async () => {
    for (const flags of ["0a", "12", "1a", "22"]) {
      await refuses(broker, `10 ["MQTT" 05 ${flags} 003c [] "will"]`, 0x81);
    }
  });

  it("v5 [MQTT-3.1.2-12] a will has QoS 0, 1 or 2, and QoS 3 is malformed", async () => {
    const { topic, watcher } = await watched();
    for (const qos of [0, 1, 2] as const) {
      (await broker.joins({ will: { topic, qos } })).cuts();
      await watcher.takes(publish(topic, { qos }));
    }
    await refuses(broker, `10 ["MQTT" 05 1e 003c [] "will" [] "topic" "message"]`, 0x81);
  });

  it("v5 [MQTT-3.1.2-14] a will without retain is not retained", async () => {
    const { topic, watcher } = await watched();
    (await broker.joins({ will: { topic, payload: "passing" } })).cuts();
    await watcher.takes(publish(topic, { payload: "passing" }));
    const late = await broker.joins();
    await late.subscribes(topic);
    await late.receivesNothing();
  });

  it("v5 [MQTT-3.1.2-15] a will with retain is retained", async () => {
    const { topic, watcher } = await watched();
    (await broker.joins({ will: { topic, payload: "lasting", retain: true } })).cuts();
    await watcher.takes(publish(topic, { payload: "lasting" }));
    const late = await broker.joins();
    await late.subscribes(topic);
    await late.receives(publish(topic, { payload: "lasting", retain: true }));
  });

  it("v5 [MQTT-3.1.3-10] the will's properties come with it, user properties in order and with duplicates", async () => {
    const { topic, watcher } = await watched();
    const properties = {
      payloadFormatIndicator: 1,
      messageExpiryInterval: 60,
      contentType: "text/plain",
      responseTopic: "answer/here",
      correlationData: "\u0001\u00ff",
      userProperties: [["b", "2"], ["a", "1"], ["b", "2"]] as const,
    };
    (await broker.joins({
      will: { topic, payload: "x", properties: { ...properties, willDelayInterval: 0 } },
    })).cuts();
    await watcher.takes(publish(topic, { payload: "x", properties }));
  });

  it("v5 §3.1.3.3 a will topic with a wildcard, or an empty one, is refused", async () => {
    for (const topic of ["a/#", "+", ""]) {
      const client = await dial(broker);
      client.sends(connect({ will: { topic } }));
      await client.receives(connack({ reason: 0x90 }));
      await client.isClosed();
    }
  });

  it("v5 §3.1.3.2 a will's response topic with a wildcard is refused", async () => {
    const client = await dial(broker);
    client.sends(connect({ will: { topic: "will", properties: { responseTopic: "a/#" } } }));
    await client.receives(connack({ reason: 0x82 }));
    await client.isClosed();
  });

  together({
    "v5 [MQTT-3.1.2-8] a will with a delay is published when the delay has passed": async () => {
      const { topic, watcher } = await watched();
      const from = performance.now();
      const client = await broker.joins({
        will: { topic, payload: "late", properties: { willDelayInterval: 1 } },
        properties: { sessionExpiryInterval: 100 },
      });
      client.cuts();
      await watcher.takes(publish(topic, { payload: "late" }));
      assert.ok(performance.now() - from >= 1000);
    },

    "v5 [MQTT-3.1.3-9] a new connection within the delay cancels the will": async () => {
      const { topic, watcher } = await watched();
      const clientId = fresh("client");
      const properties = { sessionExpiryInterval: 100 };
      const will = { topic, properties: { willDelayInterval: 1 } };
      (await broker.joins({ clientId, properties, will })).cuts();
      const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true, properties });
      await secondsPass(broker, 2);
      await again.pings();
      await watcher.receivesNothing();
    },

    "v5 [MQTT-3.1.3-9] a takeover within the delay does so too": async () => {
      const { topic, watcher } = await watched();
      const clientId = fresh("client");
      const properties = { sessionExpiryInterval: 100 };
      const will = { topic, properties: { willDelayInterval: 1 } };
      const first = await broker.joins({ clientId, properties, will });
      await broker.joins({ clientId, cleanStart: false, sessionPresent: true, properties });
      await first.isDisconnected(0x8e);
      await secondsPass(broker, 2);
      await watcher.receivesNothing();
    },

    "v5 §3.1.3.2.2 a takeover with Clean Start 1 ends the session, and with it the delay": async () => {
      const { topic, watcher } = await watched();
      const clientId = fresh("client");
      const will = { topic, payload: "ended", properties: { willDelayInterval: 1000 } };
      (await broker.joins({ clientId, properties: { sessionExpiryInterval: 1000 }, will })).cuts();
      await broker.joins({ clientId, cleanStart: true, sessionPresent: false });
      await watcher.takes(publish(topic, { payload: "ended" }));
    },

    "v5 §3.1.3.2.2 the end of the session comes first where the delay is longer": async () => {
      const { topic, watcher } = await watched();
      const will = { topic, payload: "ended", properties: { willDelayInterval: 1000 } };
      (await broker.joins({ will })).cuts();
      await watcher.takes(publish(topic, { payload: "ended" }));
      (await broker.joins({ will, properties: { sessionExpiryInterval: 1 } })).cuts();
      await watcher.takes(publish(topic, { payload: "ended" }));
    },
  });
});
