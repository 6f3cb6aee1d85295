import assert from "node:assert/strict";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import {
  afterAll,
  describe,
  fresh,
  it,
  publish,
  splitAddress,
  useBroker,
  withinSeconds,
} from "../dialogue/mod.ts";
import { nextMessage } from "./mqtt_js.ts";

const carriers = ["mqtt", "ws"] as const;
const versions = [4, 5] as const;

describe("MQTT.js", () => {
  const broker = useBroker();
  const clients: MqttClient[] = [];
  afterAll(async () => {
    for (const client of clients) await client.endAsync(true);
  });

  async function joins(
    carrier: "mqtt" | "ws",
    protocolVersion: 4 | 5,
    options: IClientOptions = {},
  ): Promise<MqttClient> {
    const { host, port } = splitAddress(carrier === "mqtt" ? broker.mqtt : broker.http);
    const path = carrier === "ws" ? "/mqtt" : "";
    const url = `${carrier}://${host}:${port}${path}`;
    const client = await connectAsync(url, { protocolVersion, reconnectPeriod: 0, ...options });
    clients.push(client);
    return client;
  }

  for (const carrier of carriers) {
    for (const version of versions) {
      const name = `${carrier}, version ${version}`;

      it(`${name}: messages at each QoS`, async () => {
        const topic = fresh("qos");
        const [reader, writer] = [await joins(carrier, version), await joins(carrier, version)];
        await reader.subscribeAsync(`${topic}/#`, { qos: 2 });
        for (const qos of [0, 1, 2] as const) {
          const got = nextMessage(reader);
          await writer.publishAsync(`${topic}/${qos}`, "héllo", { qos });
          const packet = await got;
          assert.deepEqual([packet.topic, packet.qos, String(packet.payload)], [
            `${topic}/${qos}`,
            qos,
            "héllo",
          ]);
        }
        await reader.unsubscribeAsync(`${topic}/#`);
      });

      it(`${name}: retained messages are kept and removed`, async () => {
        const topic = fresh("retained");
        const writer = await joins(carrier, version);
        await writer.publishAsync(topic, "kept", { qos: 1, retain: true });
        const reader = await joins(carrier, version);
        const got = nextMessage(reader);
        await reader.subscribeAsync(topic);
        const packet = await got;
        assert.deepEqual([packet.retain, String(packet.payload)], [true, "kept"]);
        await writer.publishAsync(topic, "", { qos: 1, retain: true });
        const late = await broker.joins();
        await late.subscribes(topic);
        await late.receivesNothing();
      });

      it(`${name}: the will of a client that is cut off is published`, async () => {
        const topic = fresh("will");
        const watcher = await broker.joins();
        await watcher.subscribes(topic, { qos: 1 });
        const client = await joins(carrier, version, {
          will: { topic, payload: Buffer.from("cut"), qos: 1, retain: false },
        });
        client.stream.destroy();
        await watcher.takes(publish(topic, { qos: 1, payload: "cut" }));
      });

      it(`${name}: a megabyte goes there and back`, async () => {
        const topic = fresh("large");
        const client = await joins(carrier, version);
        await client.subscribeAsync(topic, { qos: 1 });
        const payload = Buffer.from(Uint8Array.from({ length: 1_000_000 }, (_, at) => at * 31 % 251));
        const got = nextMessage(client);
        await client.publishAsync(topic, payload, { qos: 1 });
        assert.ok(payload.equals((await got).payload as Buffer));
      });

      it(`${name}: members of a shared subscription divide the messages`, async () => {
        const topic = fresh("shared");
        const members = [await joins(carrier, version), await joins(carrier, version)];
        const counts = [0, 0];
        const all = new Promise<void>((resolve) => {
          members.forEach((member, at) =>
            member.on("message", () => {
              counts[at] = (counts[at] ?? 0) + 1;
              if ((counts[0] ?? 0) + (counts[1] ?? 0) === 20) resolve();
            })
          );
        });
        for (const member of members) await member.subscribeAsync(`$share/g/${topic}`, { qos: 1 });
        const writer = await broker.joins();
        for (let number = 0; number < 20; number += 1) await writer.publishes(topic, { qos: 1 });
        await withinSeconds(10, all);
        assert.ok(counts.every((count) => count > 0), `${counts}`);
      });

      it(`${name}: a session that is not clean gets what it missed`, async () => {
        const [topic, clientId] = [fresh("missed"), fresh("mqttjs")];
        const lasting: IClientOptions = { clientId, clean: false };
        if (version === 5) lasting.properties = { sessionExpiryInterval: 100 };
        const first = await joins(carrier, version, lasting);
        await first.subscribeAsync(topic, { qos: 1 });
        await first.endAsync();
        await (await broker.joins()).publishes(topic, { qos: 1, payload: "missed" });
        const second = await joinsListening(lasting);
        assert.equal(String((await second).payload), "missed");

        /** The message may come right behind CONNACK, so the listener must be there before. */
        async function joinsListening(options: IClientOptions) {
          const { connect } = await import("mqtt");
          const { host, port } = splitAddress(carrier === "mqtt" ? broker.mqtt : broker.http);
          const path = carrier === "ws" ? "/mqtt" : "";
          const client = connect(`${carrier}://${host}:${port}${path}`, {
            protocolVersion: version,
            reconnectPeriod: 0,
            ...options,
          });
          clients.push(client);
          return nextMessage(client);
        }
      });
    }

    it(`${carrier}, version 5: properties, subscription identifiers and topic aliases`, async () => {
      const topic = fresh("properties");
      const aliases = { topicAliasMaximum: 10 };
      const reader = await joins(carrier, 5, { properties: aliases });
      await reader.subscribeAsync(topic, { qos: 1, properties: { subscriptionIdentifier: 7 } });
      const writer = await joins(carrier, 5, { properties: aliases, autoAssignTopicAlias: true });
      for (let round = 0; round < 3; round += 1) {
        const got = nextMessage(reader);
        await writer.publishAsync(topic, "x", {
          qos: 1,
          properties: {
            contentType: "text",
            responseTopic: "answer",
            correlationData: Buffer.from("id"),
            messageExpiryInterval: 100,
            userProperties: { a: ["1", "2"], b: "3" },
          },
        });
        const { topic: name, properties } = await got;
        assert.equal(name, topic);
        assert.equal(properties?.contentType, "text");
        assert.equal(properties?.responseTopic, "answer");
        assert.equal(String(properties?.correlationData), "id");
        assert.equal(properties?.subscriptionIdentifier, 7);
        assert.deepEqual({ ...properties?.userProperties }, { a: ["1", "2"], b: "3" });
      }
    });
  }
});
