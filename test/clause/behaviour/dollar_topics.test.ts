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
  useBroker,
} from "../../dialogue/mod.ts";

describe("topics that begin with $", () => {
  const broker = useBroker({ limits: { sysIntervalSeconds: 1 } });

  it("are ordinary, but no leading wildcard matches them", async () => {
    const topic = `$${fresh("app")}/a`;
    const [reader, all, writer] = [await broker.joins(), await broker.joins(), await broker.joins()];
    await reader.subscribes(topic);
    await all.subscribes("+/a");
    writer.sends(publish(topic));
    await reader.receives(publish(topic));
    await all.receivesNothing();
  });

  it("$SYS and $share cannot be published to: version 5 is told 0x87", async () => {
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes("$SYS/mine/#");
    for (const topic of ["$SYS/mine", "$share/g/a", "$SYS/broker/version"]) {
      writer.sends(publish(topic, { qos: 1, id: 1 }));
      await writer.receives(puback(1, 0x87));
      writer.sends(publish(topic, { qos: 2, id: 2 }));
      await writer.receives(pubrec(2, 0x87));
      writer.sends(publish(topic, { qos: 0 }));
      await writer.pings();
    }
    await reader.receivesNothing();
  });

  it("$SYS and $share cannot be published to: version 3.1.1 is acknowledged, and the message dropped", async () => {
    const [reader, writer] = [await broker.joins({ version: 4 }), await broker.joins({ version: 4 })];
    await reader.subscribes("$SYS/mine/#");
    writer.sends(publish("$SYS/mine", { qos: 1, id: 1 }), publish("$share/g/a", { qos: 2, id: 2 }));
    await writer.receives(puback(1));
    await writer.receives(pubrec(2));
    writer.sends(pubrel(2));
    await writer.receives(pubcomp(2));
    writer.sends(publish("$SYS/mine", { qos: 0 }));
    await reader.receivesNothing(writer);
  });

  it("what a mosquitto bridge announces under $SYS/broker/connection is taken silently", async () => {
    const topic = "$SYS/broker/connection/bridge/state";
    const reader = await broker.joins();
    await reader.subscribes("$SYS/broker/connection/#");
    const bridge = await broker.joins({ version: 4, will: { topic, payload: "0", retain: true } });
    bridge.sends(publish(topic, { qos: 1, id: 1, payload: "1", retain: true }));
    await bridge.receives(puback(1));
    bridge.cuts();
    await reader.receivesNothing();
  });

  it("a will to $SYS is not published", async () => {
    const reader = await broker.joins();
    await reader.subscribes("$SYS/will");
    const client = await broker.joins({ will: { topic: "$SYS/will" } });
    client.sendsBytes("00 00");
    await client.isDisconnected(0x81);
    await reader.receivesNothing();
  });

  it("$SYS/broker counts, under the names that mosquitto uses", async () => {
    const reader = await broker.joins();
    await reader.subscribes("$SYS/broker/#");
    const values = new Map<string, string>();
    while (!values.has("$SYS/broker/load/connections/15min")) {
      const { topic, payload } = await reader.hears("publish");
      values.set(topic, new TextDecoder().decode(payload));
    }
    assert.match(values.get("$SYS/broker/uptime") ?? "", /^\d+ seconds$/);
    assert.match(values.get("$SYS/broker/version") ?? "", /\d+\.\d+/);
    const numbers = [
      "clients/connected",
      "clients/disconnected",
      "clients/total",
      "messages/received",
      "messages/sent",
      "messages/stored",
      "subscriptions/count",
      "bytes/received",
      "bytes/sent",
      "publish/messages/received",
      "publish/messages/sent",
      "publish/messages/dropped",
      "publish/bytes/received",
      "publish/bytes/sent",
      "retained messages/count",
    ];
    for (const name of numbers) assert.match(values.get(`$SYS/broker/${name}`) ?? name, /^\d+$/);
    assert.ok(Number(values.get("$SYS/broker/clients/connected")) >= 1);
    assert.ok(Number(values.get("$SYS/broker/clients/maximum")) >= 1);
    for (const source of ["messages", "publish", "bytes"]) {
      for (const direction of ["received", "sent"]) {
        assert.match(values.get(`$SYS/broker/load/${source}/${direction}/5min`) ?? source, /^\d+\.\d\d$/);
      }
    }
    assert.ok(Number(values.get("$SYS/broker/load/connections/1min")) > 0);
  });

  it("the counters are retained", async () => {
    const waits = await broker.joins();
    await waits.subscribes("$SYS/broker/uptime");
    await waits.hears("publish");
    const late = await broker.joins();
    await late.subscribes("$SYS/broker/version");
    const { retain, topic } = await late.hears("publish");
    assert.deepEqual([topic, retain], ["$SYS/broker/version", true]);
  });
});
