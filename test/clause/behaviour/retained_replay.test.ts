import assert from "node:assert/strict";
import { type Client, describe, fresh, it, puback, useBroker } from "../../dialogue/mod.ts";

const count = 5;

describe("retained messages for a subscriber that takes few at a time", () => {
  const broker = useBroker();

  /** A topic with retained messages below it, at QoS 1. */
  async function filled(): Promise<string> {
    const topic = fresh("replay");
    const writer = await broker.joins();
    for (let number = 0; number < count; number += 1) {
      await writer.publishes(`${topic}/${number}`, { qos: 1, retain: true, payload: "x" });
    }
    return topic;
  }

  /** The next retained message, which is acknowledged; gives its topic. */
  async function takesOne(client: Client): Promise<string> {
    const { topic, id = 0, retain } = await client.hears("publish");
    assert.ok(retain);
    client.sends(puback(id));
    return topic;
  }

  it("come one by one through a window of one", async () => {
    const topic = await filled();
    const reader = await broker.joins({ properties: { receiveMaximum: 1 } });
    await reader.subscribes(`${topic}/#`, { qos: 1 });
    const seen = new Set<string>();
    for (let number = 0; number < count; number += 1) {
      const { topic: name, id = 0 } = await reader.hears("publish");
      seen.add(name);
      await reader.receivesNothing();
      reader.sends(puback(id));
    }
    assert.equal(seen.size, count);
    await reader.receivesNothing();
  });

  it("go on with the session when its connection breaks", async () => {
    const topic = await filled();
    const clientId = fresh("replay");
    const options = { clientId, properties: { receiveMaximum: 1, sessionExpiryInterval: 100 } };
    const first = await broker.joins(options);
    await first.subscribes(`${topic}/#`, { qos: 1 });
    const seen = new Set([await takesOne(first)]);
    first.cuts();
    const second = await broker.joins({ ...options, cleanStart: false, sessionPresent: true });
    while (seen.size < count) seen.add(await takesOne(second));
    await second.receivesNothing();
  });

  it("stop when the subscription ends", async () => {
    const topic = await filled();
    const reader = await broker.joins({ properties: { receiveMaximum: 1 } });
    await reader.subscribes(`${topic}/#`, { qos: 1 });
    const { id = 0 } = await reader.hears("publish");
    reader.sends({ type: "unsubscribe", id: 9, filters: [`${topic}/#`], properties: {} });
    await reader.receives({ type: "unsuback", id: 9, reasons: [0], properties: {} });
    reader.sends(puback(id));
    await reader.receivesNothing();
  });

  it("are the current ones: what is replaced or removed meanwhile is seen as it is now", async () => {
    const topic = await filled();
    const [reader, writer] = [
      await broker.joins({ properties: { receiveMaximum: 1 } }),
      await broker.joins(),
    ];
    await reader.subscribes(`${topic}/+`, { qos: 1, identifier: 1 });
    const held = await reader.hears("publish");
    const names = Array.from({ length: count }, (_, number) => `${topic}/${number}`);
    const [removed = "", ...others] = names.filter((name) => name !== held.topic);
    await writer.publishes(removed, { qos: 1, retain: true });
    reader.sends(puback(held.id ?? 0));
    const got: string[] = [];
    while (got.length < others.length + 1) {
      const { topic: name, retain, id = 0 } = await reader.hears("publish");
      got.push(`${name} ${retain}`);
      reader.sends(puback(id));
    }
    assert.deepEqual(
      got.toSorted(),
      [`${removed} false`, ...others.map((name) => `${name} true`)].toSorted(),
    );
    await reader.receivesNothing();
  });
});
