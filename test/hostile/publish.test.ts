import {
  describe,
  encode,
  endsOn,
  fresh,
  it,
  puback,
  publish,
  pubrec,
  useBroker,
  withinSeconds,
} from "../dialogue/mod.ts";
import { useNeighbour } from "./neighbour.ts";

describe("hostile: PUBLISH", () => {
  const broker = useBroker();
  const neighbour = useNeighbour(broker);

  it("ten thousand user properties are too much: 0x97, and the connection lives", async () => {
    const userProperties = Array.from({ length: 10_000 }, (_, at) => [`k${at}`, `v${at}`] as const);
    const client = await broker.joins();
    client.sends(publish("a", { qos: 1, id: 1, properties: { userProperties } }));
    await client.receives(puback(1, 0x97));
    await client.pings();
  });

  it("a thousand user properties go through, in their order", async () => {
    const topic = fresh("user");
    const userProperties = Array.from({ length: 1000 }, (_, at) => [`k${at % 10}`, `v${at}`] as const);
    const client = await broker.joins();
    await client.subscribes(topic);
    client.sends(publish(topic, { properties: { userProperties } }));
    await client.receives(publish(topic, { properties: { userProperties } }));
  });

  it("a topic of 32,768 levels is refused with 0x90, and one of 128 goes through", async () => {
    const client = await broker.joins();
    client.sends(publish("/".repeat(32_767), { qos: 1, id: 1 }));
    await client.receives(puback(1, 0x90));
    await client.subscribes("#");
    const deep = "/".repeat(127);
    client.sends(publish(deep));
    await client.receives(publish(deep));
    await client.leaves();
  });

  it("a hundred thousand topics, each once, leave nothing behind", async () => {
    const client = await broker.joins();
    const topic = fresh("once");
    for (let from = 0; from < 20_000; from += 500) {
      const batch = Array.from({ length: 500 }, (_, at) => encode(publish(`${topic}/${from + at}/x`), 5));
      client.sendsBytes(Uint8Array.from(batch.flatMap((one) => Array.from(one))));
    }
    await client.pings();
  });

  it("QoS 2 without PUBREL is held to Receive Maximum: 0x93", async () => {
    const client = await broker.joins();
    const topic = fresh("held");
    for (let id = 1; id <= 1000; id += 1) client.sends(publish(topic, { qos: 2, id }));
    for (let id = 1; id <= 1000; id += 1) await client.receives(pubrec(id, 0x10));
    client.sends(publish(topic, { qos: 2, id: 1001 }));
    await client.isDisconnected(0x93);
  });

  it("PUBLISH packets that lie about their lengths are malformed", async () => {
    await endsOn(broker, `30 [ffff 'x']`, 0x81);
    await endsOn(broker, `32 ["a" 00]`, 0x81);
    await endsOn(broker, `30 ["a" ff7f]`, 0x81);
    await endsOn(broker, `30 ["a" [26 ffff 'x']]`, 0x81);
  });

  it("a subscriber that does not read holds up neither the publisher nor others", async () => {
    const topic = fresh("deaf");
    const [deaf, reader, writer] = [await broker.joins(), await broker.joins(), await broker.joins()];
    await deaf.subscribes(topic);
    await reader.subscribes(topic);
    deaf.stopsReading();
    const payload = "x".repeat(50_000);
    for (let number = 0; number < 400; number += 1) {
      writer.sends(publish(topic, { payload }));
      if (number % 20 === 0) await withinSeconds(5, writer.pings());
      await reader.receives(publish(topic, { payload }));
    }
    await neighbour.isServed();
    deaf.cuts();
  });

  it("a subscriber of QoS 1 that does not read gets everything in the end", async () => {
    const topic = fresh("late");
    const [late, writer] = [await broker.joins(), await broker.joins()];
    await late.subscribes(topic, { qos: 1 });
    late.stopsReading();
    const payload = "x".repeat(50_000);
    for (let number = 0; number < 200; number += 1) await writer.publishes(topic, { qos: 1, payload });
    late.readsAgain();
    for (let number = 0; number < 200; number += 1) await late.takes(publish(topic, { qos: 1, payload }));
    await late.pings();
  });
});
