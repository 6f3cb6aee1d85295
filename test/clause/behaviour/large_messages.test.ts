import { describe, forEach, fresh, it, publish, useBroker } from "../../dialogue/mod.ts";

describe("large messages", () => {
  const broker = useBroker();
  const payload = Uint8Array.from({ length: 1_000_000 }, (_, at) => at * 7 % 251);

  it("a megabyte reaches twenty subscribers whole, over TCP and WebSocket, at each QoS", async () => {
    const topic = fresh("large");
    const readers = await Promise.all(Array.from({ length: 20 }, async (_, number) => {
      const client = number % 4 === 0
        ? await (await broker.dialsWebSocket()).connects()
        : await broker.joins();
      const qos = (number % 3) as 0 | 1 | 2;
      await client.subscribes(topic, { qos });
      return { client, qos };
    }));
    const writer = await broker.joins();
    await writer.publishes(topic, { qos: 2, payload });
    await forEach(readers, async ({ client, qos }) => {
      await client.takes(publish(topic, { qos, payload }));
      await client.pings();
    });
  });

  it("a megabyte from a WebSocket client arrives", async () => {
    const topic = fresh("large");
    const [web, reader] = [await (await broker.dialsWebSocket()).connects(), await broker.joins()];
    await reader.subscribes(topic, { qos: 1 });
    await web.publishes(topic, { qos: 1, payload });
    await reader.takes(publish(topic, { qos: 1, payload }));
  });

  it("a megabyte is retained and replayed, and waits for an absent client", async () => {
    const [topic, clientId] = [fresh("large"), fresh("absent")];
    const absent = await broker.joins({ clientId, properties: { sessionExpiryInterval: 100 } });
    await absent.subscribes(topic, { qos: 1 });
    await absent.leaves();
    await (await broker.joins()).publishes(topic, { qos: 1, retain: true, payload });
    const late = await broker.joins();
    await late.subscribes(topic);
    await late.receives(publish(topic, { retain: true, payload }));
    const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await again.takes(publish(topic, { qos: 1, payload }));
  });

  it("small messages around a large one keep their order", async () => {
    const topic = fresh("large");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic);
    const messages = ["before", payload, "between", payload.subarray(0, 9000), "after"];
    for (const message of messages) writer.sends(publish(topic, { payload: message }));
    for (const message of messages) await reader.receives(publish(topic, { payload: message }));
  });
});
