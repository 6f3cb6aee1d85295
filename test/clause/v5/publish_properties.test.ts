import assert from "node:assert/strict";
import {
  describe,
  endsOn,
  fresh,
  it,
  puback,
  publish,
  secondsPass,
  together,
  useBroker,
} from "../../dialogue/mod.ts";
import type { Properties } from "../../dialogue/mod.ts";

describe("MQTT 5 §3.3.2.3 PUBLISH properties", () => {
  const broker = useBroker();

  /** What a subscriber gets of these properties, live and as a retained message. */
  async function forwards(properties: Properties) {
    const topic = fresh("properties");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic, { qos: 1 });
    await writer.publishes(topic, { qos: 1, retain: true, payload: "x", properties });
    await reader.takes(publish(topic, { qos: 1, payload: "x", properties }));
    const late = await broker.joins();
    await late.subscribes(topic, { qos: 1 });
    await late.takes(publish(topic, { qos: 1, retain: true, payload: "x", properties }));
  }

  it("v5 [MQTT-3.3.2-4] the payload format indicator is forwarded as it is", async () => {
    await forwards({ payloadFormatIndicator: 1 });
    await forwards({ payloadFormatIndicator: 0 });
  });

  it("v5 [MQTT-3.3.2-13] a response topic that is not UTF-8 is malformed", async () => {
    await endsOn(broker, `30 ["a" [08 0002 c328] 'x']`, 0x81);
  });

  it("v5 [MQTT-3.3.2-14] a response topic with a wildcard is a protocol error", async () => {
    await endsOn(broker, `30 ["a" [08 "b/#"] 'x']`, 0x82);
    await endsOn(broker, `30 ["a" [08 "b/+/c"] 'x']`, 0x82);
  });

  it("v5 [MQTT-3.3.2-15] the response topic is forwarded as it is", async () => {
    await forwards({ responseTopic: "answer/é" });
  });

  it("v5 [MQTT-3.3.2-16] correlation data are forwarded as they are", async () => {
    await forwards({ correlationData: "\u0000\u0001\u00ff" });
    await forwards({ correlationData: "" });
  });

  it("v5 [MQTT-3.3.2-17] [MQTT-3.3.2-18] user properties keep their order and their duplicates", async () => {
    await forwards({
      userProperties: [["b", "2"], ["a", "1"], ["b", "2"], ["", ""], ["a", "0"], ["\uFEFF", "é"]],
    });
  });

  it("v5 [MQTT-3.3.2-19] a content type that is not UTF-8 is malformed", async () => {
    await endsOn(broker, `30 ["a" [03 0002 c328] 'x']`, 0x81);
  });

  it("v5 [MQTT-3.3.2-20] the content type is forwarded as it is", async () => {
    await forwards({ contentType: "application/json; x=é" });
    await forwards({ contentType: "" });
  });

  it("v5 §3.3.2.3 all properties together reach subscribers of version 5, and none reaches version 3.1.1", async () => {
    const topic = fresh("versions");
    const [new5, old4] = [await broker.joins(), await broker.joins({ version: 4 })];
    await new5.subscribes(topic);
    await old4.subscribes(topic);
    const properties = {
      userProperties: [["a", "1"]] as const,
      payloadFormatIndicator: 1,
      contentType: "text",
      responseTopic: "answer",
      correlationData: "id",
    };
    const writer = await broker.joins();
    writer.sends(publish(topic, { payload: "x", properties }));
    await new5.receives(publish(topic, { payload: "x", properties }));
    await old4.receives(publish(topic, { payload: "x" }));
    const old = await broker.joins({ version: 4 });
    old.sends(publish(topic, { payload: "y" }));
    await new5.receives(publish(topic, { payload: "y" }));
  });

  it("v5 [MQTT-3.3.2-6] a message that did not wait keeps its whole expiry", async () => {
    const topic = fresh("expiry");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic);
    const properties = { messageExpiryInterval: 100 };
    writer.sends(publish(topic, { properties }));
    await reader.receives(publish(topic, { properties }));
  });

  together({
    "v5 [MQTT-3.3.2-5] a message that expired while its subscriber was absent is not delivered": async () => {
      const [clientId, topic] = [fresh("absent"), fresh("expired")];
      const reader = await broker.joins({ clientId, properties: { sessionExpiryInterval: 100 } });
      await reader.subscribes(topic, { qos: 2 });
      await reader.leaves();
      const writer = await broker.joins();
      await writer.publishes(topic, { qos: 1, payload: "expires", properties: { messageExpiryInterval: 1 } });
      await writer.publishes(topic, { qos: 2, payload: "expires", properties: { messageExpiryInterval: 1 } });
      await writer.publishes(topic, { qos: 1, payload: "stays" });
      await secondsPass(broker, 2);
      const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
      await again.takes(publish(topic, { qos: 1, payload: "stays" }));
      await again.receivesNothing();
    },

    "v5 [MQTT-3.3.2-5] a message that expired while it waited for a place in the window is not delivered":
      async () => {
        const topic = fresh("window");
        const [reader, writer] = [
          await broker.joins({ properties: { receiveMaximum: 1 } }),
          await broker.joins(),
        ];
        await reader.subscribes(topic, { qos: 1 });
        await writer.publishes(topic, { qos: 1, payload: "first" });
        await writer.publishes(topic, {
          qos: 1,
          payload: "expires",
          properties: { messageExpiryInterval: 1 },
        });
        await writer.publishes(topic, { qos: 1, payload: "stays" });
        const { id = 0 } = await reader.receives(publish(topic, { qos: 1, payload: "first" }));
        await secondsPass(broker, 2);
        reader.sends(puback(id));
        await reader.takes(publish(topic, { qos: 1, payload: "stays" }));
        await reader.receivesNothing();
      },

    "v5 [MQTT-3.3.2-6] the time that a message has waited is taken off its expiry": async () => {
      const [clientId, topic] = [fresh("absent"), fresh("waited")];
      const reader = await broker.joins({ clientId, properties: { sessionExpiryInterval: 100 } });
      await reader.subscribes(topic, { qos: 1 });
      await reader.leaves();
      const writer = await broker.joins();
      await writer.publishes(topic, { qos: 1, properties: { messageExpiryInterval: 100 } });
      await secondsPass(broker, 2);
      const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
      const { properties } = await again.hears("publish");
      const left = properties.messageExpiryInterval ?? 0;
      assert.ok(left >= 95 && left <= 98, `${left} s are left`);
    },

    "v5 [MQTT-3.3.2-5] a retained message expires, and tells later subscribers what is left": async () => {
      const topic = fresh("retained");
      const writer = await broker.joins();
      await writer.publishes(`${topic}/a`, {
        qos: 1,
        retain: true,
        payload: "x",
        properties: { messageExpiryInterval: 1 },
      });
      await writer.publishes(`${topic}/b`, {
        qos: 1,
        retain: true,
        payload: "x",
        properties: { messageExpiryInterval: 100 },
      });
      await secondsPass(broker, 2);
      const late = await broker.joins();
      await late.subscribes(`${topic}/#`);
      const { topic: which, properties } = await late.hears("publish");
      assert.equal(which, `${topic}/b`);
      const left = properties.messageExpiryInterval ?? 0;
      assert.ok(left >= 95 && left <= 98, `${left} s are left`);
      await late.receivesNothing();
    },
  });
});
