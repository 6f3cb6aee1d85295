import {
  connack,
  connect,
  describe,
  dial,
  endsOn,
  filter,
  fresh,
  it,
  puback,
  publish,
  suback,
  subscribe,
  together,
  useBroker,
} from "../../dialogue/mod.ts";

describe("limits of topics and properties", () => {
  const broker = useBroker({ limits: { topicLevelsMax: 4, topicBytesMax: 20, userPropertyBytesMax: 20 } });

  it("topicLevelsMax: 0x90 for a name, 0x8F for a filter, and a fault in version 3.1.1", async () => {
    const client = await broker.joins();
    client.sends(publish("a/b/c/d", { qos: 1, id: 1 }), publish("a/b/c/d/e", { qos: 1, id: 2 }));
    await client.receives(puback(1, 0x10));
    await client.receives(puback(2, 0x90));
    client.sends(subscribe(3, [filter("a/b/c/d"), filter("a/b/c/d/e"), filter("#")]));
    await client.receives(suback(3, [0, 0x8f, 0]));
    await endsOn(broker, `30 ["a/b/c/d/e" []]`, 0x90);
    const old = await broker.joins({ version: 4 });
    old.sends(publish("a/b/c/d/e", { qos: 1, id: 2 }));
    await old.isClosed();
  });

  it("topicBytesMax: the same", async () => {
    const client = await broker.joins();
    client.sends(publish("x".repeat(20), { qos: 1, id: 1 }), publish("x".repeat(21), { qos: 1, id: 2 }));
    await client.hears("puback");
    await client.receives(puback(2, 0x90));
    client.sends(subscribe(3, [filter("x".repeat(20)), filter("x".repeat(21))]));
    await client.receives(suback(3, [0, 0x8f]));
  });

  it("userPropertyBytesMax: 0x97", async () => {
    const client = await broker.joins();
    client.sends(publish("a", { qos: 1, id: 1, properties: { userProperties: [["a", "x".repeat(30)]] } }));
    await client.receives(puback(1, 0x97));
    const refused = await dial(broker);
    refused.sends(connect({ will: { topic: "w", properties: { userProperties: [["a", "x".repeat(30)]] } } }));
    await refused.receives(connack({ reason: 0x97 }));
    await refused.isClosed();
  });
});

describe("limits of retained messages", () => {
  const broker = useBroker({ limits: { retainedMessagesMax: 2, retainedMessageBytesMax: 100 } });

  it("retainedMessagesMax and retainedMessageBytesMax: 0x97, while replacing and removing still work", async () => {
    const client = await broker.joins();
    await client.publishes("r/1", { qos: 1, retain: true, payload: "x" });
    client.sends(publish("r/1", { qos: 1, id: 9, retain: true, payload: "x".repeat(101) }));
    await client.receives(puback(9, 0x97));
    await client.publishes("r/2", { qos: 1, retain: true, payload: "x" });
    client.sends(publish("r/3", { qos: 1, id: 9, retain: true, payload: "x" }));
    await client.receives(puback(9, 0x97));
    await client.publishes("r/2", { qos: 1, retain: true, payload: "y" });
    await client.publishes("r/1", { qos: 1, retain: true });
    await client.publishes("r/3", { qos: 1, retain: true, payload: "z" });
    const late = await broker.joins();
    await late.subscribes("r/#");
    await late.receivesInAnyOrder(
      publish("r/2", { retain: true, payload: "y" }),
      publish("r/3", { retain: true, payload: "z" }),
    );
  });

  it("version 3.1.1 is acknowledged, and the message delivered but not retained", async () => {
    const [reader, writer] = [await broker.joins({ version: 4 }), await broker.joins({ version: 4 })];
    await reader.subscribes("big");
    writer.sends(publish("big", { qos: 1, id: 1, retain: true, payload: "x".repeat(101) }));
    await writer.receives(puback(1));
    await reader.receives(publish("big", { payload: "x".repeat(101) }));
    const late = await broker.joins({ version: 4 });
    await late.subscribes("big");
    await late.receivesNothing();
  });
});

describe("limits of subscriptions and sessions", () => {
  const broker = useBroker({ limits: { subscriptionsPerSessionMax: 2, sessionsMax: 3 } });

  it("subscriptionsPerSessionMax: 0x97, version 3.1.1 0x80, while replacing still works", async () => {
    for (const [version, code] of [[5, 0x97], [4, 0x80]] as const) {
      const client = await broker.joins({ version });
      client.sends(subscribe(1, [filter("a"), filter("b"), filter("c"), filter("a", { qos: 1 })]));
      await client.receives(suback(1, [0, 0, code, 1]));
      await client.leaves();
    }
  });

  it("sessionsMax: 0x97, version 3.1.1 code 3, while taking over still works", async () => {
    const kept = [];
    for (let number = 0; number < 3; number += 1) {
      kept.push(await broker.joins({ clientId: `kept${number}` }));
    }
    for (const [version, reason] of [[5, 0x97], [4, 3]] as const) {
      const refused = await dial(broker);
      refused.sends(connect({ version }));
      await refused.receives(connack({ reason }));
      await refused.isClosed();
    }
    await broker.joins({ clientId: "kept0" });
  });
});

describe("limits of rate", () => {
  const broker = useBroker({ limits: { publishRatePerSecondMax: 5 } });

  it("publishRatePerSecondMax: 0x96, version 3.1.1 is closed", async () => {
    const client = await broker.joins();
    for (let number = 0; number < 50; number += 1) client.sends(publish(fresh("rate")));
    await client.isDisconnected(0x96);
    const old = await broker.joins({ version: 4 });
    for (let number = 0; number < 50; number += 1) old.sends(publish(fresh("rate")));
    await old.isClosed();
  });
});

describe("connectRatePerSecondMax", () => {
  const broker = useBroker({ limits: { connectRatePerSecondMax: 2 } });

  it("0x9F", async () => {
    const reasons: number[] = [];
    for (let number = 0; number < 10; number += 1) {
      const client = await dial(broker);
      client.sends(connect());
      reasons.push((await client.hears("connack")).reason);
    }
    if (!reasons.includes(0x9f) || reasons[0] !== 0) throw new Error(`the reasons were ${reasons}`);
  });
});

describe("connectTimeoutSeconds", () => {
  const broker = useBroker({ limits: { connectTimeoutSeconds: 1 } });

  together({
    "a connection that says nothing is closed": async () => {
      const from = performance.now();
      const silent = await dial(broker);
      await silent.isClosed();
      const milliseconds = performance.now() - from;
      if (milliseconds < 1000 || milliseconds > 3000) throw new Error(`after ${milliseconds} ms`);
    },
    "so is one that says half a CONNECT": async () => {
      const half = await dial(broker);
      half.sendsBytes(`10 20 "MQTT" 05`);
      await half.isClosed();
    },
    "one that has a session stays": async () => {
      const measure = await dial(broker);
      const client = await broker.joins();
      await measure.isClosed();
      await client.pings();
    },
  });
});

describe("connectionsMax", () => {
  const broker = useBroker({ limits: { connectionsMax: 2 } });

  it("one more is refused, and accepted when another has left", async () => {
    const first = await broker.joins();
    const second = await broker.joins();
    const third = await dial(broker);
    await third.isClosedAfterAnything();
    await second.pings();
    await first.leaves();
    const fourth = await broker.joins();
    await fourth.pings();
  });
});
