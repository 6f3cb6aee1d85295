import { describe, fresh, it, publish, useBroker } from "../../dialogue/mod.ts";

describe("one session, clients of several versions", () => {
  const broker = useBroker();

  it("a session of version 5 is resumed by version 3.1.1, without properties", async () => {
    const [clientId, topic] = [fresh("mixed"), fresh("mixed")];
    const new5 = await broker.joins({ clientId, properties: { sessionExpiryInterval: 100 } });
    await new5.subscribes(topic, { qos: 1, identifier: 7 });
    await new5.leaves();
    await (await broker.joins()).publishes(topic, {
      qos: 1,
      payload: "x",
      properties: { contentType: "text" },
    });
    const old4 = await broker.joins({ version: 4, clientId, cleanStart: false, sessionPresent: true });
    await old4.takes(publish(topic, { qos: 1, payload: "x" }));
  });

  it("a session of version 3.1.1 is resumed by version 5, and ends with it", async () => {
    const [clientId, topic] = [fresh("mixed"), fresh("mixed")];
    const old4 = await broker.joins({ version: 4, clientId, cleanStart: false });
    await old4.subscribes(topic, { qos: 1 });
    await old4.leaves();
    await (await broker.joins()).publishes(topic, {
      qos: 1,
      payload: "x",
      properties: { contentType: "text" },
    });
    const new5 = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await new5.takes(publish(topic, { qos: 1, payload: "x", properties: { contentType: "text" } }));
    await new5.leaves();
    await broker.joins({ version: 4, clientId, cleanStart: false, sessionPresent: false });
  });

  it("a takeover across versions ends the first connection", async () => {
    const clientId = fresh("mixed");
    const new5 = await broker.joins({ clientId });
    const old4 = await broker.joins({ version: 4, clientId });
    await new5.isDisconnected(0x8e);
    await broker.joins({ clientId });
    await old4.isClosed();
  });

  it("a QoS 0 message has RETAIN and properties as each subscriber's version and subscription want them", async () => {
    const topic = fresh("mixed");
    const [kept5, new5, old4] = [
      await broker.joins(),
      await broker.joins(),
      await broker.joins({ version: 4 }),
    ];
    await kept5.subscribes(topic, { retainAsPublished: true });
    await new5.subscribes(topic);
    await old4.subscribes(topic);
    const properties = { userProperties: [["a", "1"], ["a", "1"]] as const, contentType: "text" };
    const writer5 = await broker.joins();
    for (const retain of [false, true]) {
      writer5.sends(publish(topic, { retain, payload: "5", properties }));
      await kept5.receives(publish(topic, { retain, payload: "5", properties }));
      await new5.receives(publish(topic, { payload: "5", properties }));
      await old4.receives(publish(topic, { payload: "5" }));
    }
    const writer4 = await broker.joins({ version: 4 });
    for (const retain of [false, true]) {
      writer4.sends(publish(topic, { retain, payload: "4" }));
      await kept5.receives(publish(topic, { retain, payload: "4" }));
      await new5.receives(publish(topic, { payload: "4" }));
      await old4.receives(publish(topic, { payload: "4" }));
    }
  });

  it("No Local, set by version 5, is kept while version 3.1.1 holds the session", async () => {
    const [clientId, topic] = [fresh("mixed"), fresh("mixed")];
    const new5 = await broker.joins({ clientId, properties: { sessionExpiryInterval: 100 } });
    await new5.subscribes(topic, { noLocal: true });
    await new5.leaves();
    const old4 = await broker.joins({ version: 4, clientId, cleanStart: false, sessionPresent: true });
    await old4.publishes(topic);
    await old4.receivesNothing();
  });
});
