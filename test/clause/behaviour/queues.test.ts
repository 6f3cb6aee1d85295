import assert from "node:assert/strict";
import {
  type Broker,
  describe,
  fresh,
  it,
  puback,
  publish,
  type QualityOfService,
  useBroker,
} from "../../dialogue/mod.ts";

/** Five messages for a client that is away, published one by one. */
async function fiveForAbsent(broker: Broker, qos: QualityOfService = 1) {
  const [clientId, topic] = [fresh("absent"), fresh("queue")];
  const before = await broker.joins({ clientId, properties: { sessionExpiryInterval: 100 } });
  await before.subscribes(topic, { qos });
  await before.leaves();
  const writer = await broker.joins();
  for (let number = 1; number <= 5; number += 1) {
    await writer.publishes(topic, { qos, payload: String(number) });
  }
  return { clientId, topic };
}

describe("a full queue, policy refuse-new", () => {
  const broker = useBroker({ limits: { queueMessagesMax: 3, queuePolicy: "refuse-new" } });

  it("the first messages stay", async () => {
    const { clientId, topic } = await fiveForAbsent(broker);
    const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    for (const payload of ["1", "2", "3"]) await again.takes(publish(topic, { qos: 1, payload }));
    await again.receivesNothing();
  });

  it("messages in flight do not count against it", async () => {
    const topic = fresh("flight");
    const [reader, writer] = [
      await broker.joins({ properties: { receiveMaximum: 1 } }),
      await broker.joins(),
    ];
    await reader.subscribes(topic, { qos: 1 });
    for (const payload of ["1", "2", "3", "4", "5"]) await writer.publishes(topic, { qos: 1, payload });
    for (const payload of ["1", "2", "3", "4"]) await reader.takes(publish(topic, { qos: 1, payload }));
    await reader.receivesNothing();
  });
});

describe("a full queue, policy drop-oldest", () => {
  const broker = useBroker({ limits: { queueMessagesMax: 3, queuePolicy: "drop-oldest" } });

  it("the last messages stay", async () => {
    const { clientId, topic } = await fiveForAbsent(broker);
    const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    for (const payload of ["3", "4", "5"]) await again.takes(publish(topic, { qos: 1, payload }));
    await again.receivesNothing();
  });
});

describe("a full queue, policy end-session", () => {
  const broker = useBroker({ limits: { queueMessagesMax: 3, queuePolicy: "end-session" } });

  it("the session of an absent client is gone", async () => {
    const { clientId } = await fiveForAbsent(broker);
    await broker.joins({ clientId, cleanStart: false, sessionPresent: false });
  });

  it("a connected client is told 0x97", async () => {
    const topic = fresh("full");
    const [reader, writer] = [
      await broker.joins({ properties: { receiveMaximum: 1 } }),
      await broker.joins(),
    ];
    await reader.subscribes(topic, { qos: 1 });
    for (let number = 1; number <= 6; number += 1) await writer.publishes(topic, { qos: 1 });
    await reader.receives(publish(topic, { qos: 1 }));
    await reader.isDisconnected(0x97);
  });
});

describe("a queue that is full by bytes", () => {
  const broker = useBroker({ limits: { queueBytesMax: 10_000 } });

  it("takes what fits", async () => {
    const [clientId, topic] = [fresh("absent"), fresh("bytes")];
    const before = await broker.joins({ clientId, properties: { sessionExpiryInterval: 100 } });
    await before.subscribes(topic, { qos: 1 });
    await before.leaves();
    const writer = await broker.joins();
    for (let number = 1; number <= 5; number += 1) {
      await writer.publishes(topic, { qos: 1, payload: String(number).repeat(4000) });
    }
    const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    const got: string[] = [];
    again.sendsBytes("c0 00");
    for (
      let packet = await again.hearsAnything();
      packet.type === "publish";
      packet = await again.hearsAnything()
    ) {
      got.push(new TextDecoder().decode(packet.payload.subarray(0, 1)));
    }
    assert.deepEqual(got, ["1", "2"]);
  });
});

describe("QoS 0 and absent clients", () => {
  const broker = useBroker();

  it("QoS 0 messages do not wait for an absent client", async () => {
    const { clientId } = await fiveForAbsent(broker, 0);
    const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await again.receivesNothing();
  });
});

describe("inFlightMax", () => {
  const broker = useBroker({ limits: { inFlightMax: 2 } });

  it("bounds what is out, whatever the client's Receive Maximum", async () => {
    const topic = fresh("flight");
    for (const version of [4, 5] as const) {
      const [reader, writer] = [await broker.joins({ version }), await broker.joins()];
      await reader.subscribes(topic, { qos: 1 });
      for (let number = 1; number <= 5; number += 1) await writer.publishes(topic, { qos: 1 });
      const { id = 0 } = await reader.receives(publish(topic, { qos: 1 }));
      await reader.receives(publish(topic, { qos: 1 }));
      await reader.receivesNothing();
      reader.sends(puback(id));
      await reader.receives(publish(topic, { qos: 1 }));
      await reader.receivesNothing();
      await reader.leaves();
    }
  });
});
