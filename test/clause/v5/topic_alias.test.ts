import assert from "node:assert/strict";
import {
  describe,
  endsOn,
  fresh,
  it,
  puback,
  type Publish,
  publish,
  TopicAliases,
  useBroker,
} from "../../dialogue/mod.ts";
import type { Client } from "../../dialogue/mod.ts";

describe("MQTT 5 §3.3.2.3.4 topic alias, from the client", () => {
  const broker = useBroker();

  it("v5 [MQTT-3.3.2-7] aliases end with their connection", async () => {
    const [clientId, topic] = [fresh("alias"), fresh("alias")];
    const properties = { sessionExpiryInterval: 100 };
    const first = await broker.joins({ clientId, properties });
    first.sends(publish(topic, { properties: { topicAlias: 1 } }));
    await first.leaves();
    const second = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    second.sends(publish("", { properties: { topicAlias: 1 } }));
    await second.isDisconnected(0x82);
  });

  it("v5 [MQTT-3.3.2-8] alias 0 ends with 0x94", async () => {
    await endsOn(broker, `30 ["a" [23 0000] 'x']`, 0x94);
  });

  it("v5 [MQTT-3.3.2-9] [MQTT-3.2.2-17] an alias above Topic Alias Maximum ends with 0x94", async () => {
    await endsOn(broker, `30 ["a" [23 000b] 'x']`, 0x94);
    await endsOn(broker, `30 ["a" [23 ffff] 'x']`, 0x94);
  });

  it("v5 [MQTT-3.3.2-12] every alias up to Topic Alias Maximum is accepted, and may be set anew", async () => {
    const topic = fresh("alias");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(`${topic}/#`);
    for (let topicAlias = 1; topicAlias <= 10; topicAlias += 1) {
      writer.sends(publish(`${topic}/${topicAlias}`, { payload: "named", properties: { topicAlias } }));
      await reader.receives(publish(`${topic}/${topicAlias}`, { payload: "named" }));
    }
    for (let topicAlias = 10; topicAlias >= 1; topicAlias -= 1) {
      writer.sends(publish("", { payload: "alias", properties: { topicAlias } }));
      await reader.receives(publish(`${topic}/${topicAlias}`, { payload: "alias" }));
    }
    writer.sends(publish(`${topic}/new`, { properties: { topicAlias: 1 } }));
    writer.sends(publish("", { qos: 1, id: 1, properties: { topicAlias: 1 } }));
    await writer.receives(puback(1));
    await reader.receives(publish(`${topic}/new`));
    await reader.receives(publish(`${topic}/new`));
  });

  it("v5 §3.3.2.1 neither a topic nor an alias is a protocol error", async () => {
    await endsOn(broker, `30 ["" [] 'x']`, 0x82);
  });

  it("v5 §3.3.2.3.4 an alias that was never set is a protocol error", async () => {
    await endsOn(broker, `30 ["" [23 0005] 'x']`, 0x82);
  });

  it("v5 §3.3.2.3.4 an alias is not passed on to subscribers, nor kept with a retained message", async () => {
    const topic = fresh("alias");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic);
    writer.sends(publish(topic, { retain: true, payload: "x", properties: { topicAlias: 3 } }));
    await reader.receives(publish(topic, { payload: "x" }));
    const late = await broker.joins();
    await late.subscribes(topic);
    await late.receives(publish(topic, { retain: true, payload: "x" }));
  });
});

describe("MQTT 5 §3.2.2.3.8 no topic aliases", () => {
  const broker = useBroker({ limits: { topicAliasMaximum: 0 } });

  it("v5 [MQTT-3.2.2-18] without Topic Alias Maximum every alias ends with 0x94", async () => {
    await endsOn(broker, `30 ["a" [23 0001] 'x']`, 0x94);
  });
});

describe("MQTT 5 §3.3.2.3.4 topic alias, from the server", () => {
  const broker = useBroker();

  /** Publishes to these topics in turn, and gives what `reader` got, with its aliases resolved. */
  async function delivered(reader: Client, topics: readonly string[]): Promise<Publish[]> {
    const writer = await broker.joins();
    const raw: Publish[] = [];
    for (const topic of topics) {
      writer.sends(publish(topic));
      raw.push(await reader.hears("publish"));
    }
    const aliases = new TopicAliases();
    assert.deepEqual(raw.map((packet) => aliases.resolve(packet).topic), topics);
    return raw;
  }

  it("v5 [MQTT-3.1.2-27] without Topic Alias Maximum the server sends no alias", async () => {
    const topic = fresh("out");
    const reader = await broker.joins();
    await reader.subscribes(`${topic}/#`);
    const got = await delivered(reader, Array.from({ length: 5 }, () => `${topic}/a`));
    assert.ok(got.every((packet) => packet.topic !== "" && packet.properties.topicAlias === undefined));
  });

  it("v5 [MQTT-3.1.2-26] [MQTT-3.3.2-11] the server sends no alias above the Topic Alias Maximum of the client", async () => {
    const topic = fresh("out");
    const reader = await broker.joins({ properties: { topicAliasMaximum: 2 } });
    await reader.subscribes(`${topic}/#`);
    const names = Array.from({ length: 24 }, (_, number) => `${topic}/${number % 4}`);
    const got = await delivered(reader, names);
    assert.ok(got.every((packet) => (packet.properties.topicAlias ?? 1) <= 2));
    assert.ok(got.some((packet) => packet.topic === ""), "no alias was ever used");
  });

  it("v5 §3.3.2.3.4 a repeated topic is left out for its alias", async () => {
    const topic = fresh("out");
    const reader = await broker.joins({ properties: { topicAliasMaximum: 10 } });
    await reader.subscribes(`${topic}/#`);
    const got = await delivered(reader, Array.from({ length: 5 }, () => `${topic}/a`));
    assert.equal(got.at(-1)?.topic, "");
  });

  it("v5 [MQTT-3.3.2-7] aliases of the server end with the connection: a resend carries its topic", async () => {
    const [clientId, topic] = [fresh("out"), fresh("out")];
    const properties = { topicAliasMaximum: 10, sessionExpiryInterval: 100 };
    const reader = await broker.joins({ clientId, properties });
    await reader.subscribes(topic, { qos: 1 });
    const writer = await broker.joins();
    for (let round = 0; round < 4; round += 1) await writer.publishes(topic, { qos: 1 });
    for (let round = 0; round < 4; round += 1) await reader.hears("publish");
    reader.cuts();
    const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true, properties });
    const aliases = new TopicAliases();
    for (let round = 0; round < 4; round += 1) {
      const packet = aliases.resolve(await again.hears("publish"));
      assert.deepEqual([packet.topic, packet.dup], [topic, true]);
    }
    again.cuts();
    const plain = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    for (let round = 0; round < 4; round += 1) await plain.receives(publish(topic, { qos: 1, dup: true }));
  });
});
