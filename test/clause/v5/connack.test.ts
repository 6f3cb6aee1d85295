import assert from "node:assert/strict";
import {
  connack,
  connect,
  describe,
  dial,
  endsOn,
  filter,
  fresh,
  it,
  publish,
  suback,
  subscribe,
  useBroker,
} from "../../dialogue/mod.ts";

describe("MQTT 5 §3.2 CONNACK", () => {
  const broker = useBroker();

  it("v5 [MQTT-3.2.0-1] CONNACK comes first, also when messages wait", async () => {
    const [clientId, topic] = [fresh("first"), fresh("first")];
    const properties = { sessionExpiryInterval: 100 };
    const before = await broker.joins({ clientId, properties });
    await before.subscribes(topic, { qos: 1 });
    await before.leaves();
    await (await broker.joins()).publishes(topic, { qos: 1 });
    const client = await dial(broker);
    client.sends(connect({ clientId, cleanStart: false }));
    await client.receives(connack({ sessionPresent: true }));
    await client.receives(publish(topic, { qos: 1 }));
  });

  it("v5 [MQTT-3.2.0-2] there is one CONNACK in a connection", async () => {
    const client = await broker.joins();
    client.sends(connect());
    await client.isDisconnected(0x82);
  });

  it("v5 [MQTT-3.2.2-1] the reserved acknowledge flags are 0", async () => {
    const clientId = fresh("flags");
    const properties = { sessionExpiryInterval: 100 };
    await (await broker.joins({ clientId, properties })).leaves();
    await broker.joins({ clientId, cleanStart: false, sessionPresent: true, properties });
  });

  it("v5 [MQTT-3.2.2-6] [MQTT-3.2.2-7] a refusal says that no session is present, and closes", async () => {
    const clientId = fresh("refused");
    await (await broker.joins({ clientId, properties: { sessionExpiryInterval: 100 } })).leaves();
    const client = await dial(broker);
    client.sends(connect({ clientId, cleanStart: false, properties: { authenticationMethod: "unknown" } }));
    await client.receives(connack({ reason: 0x8c, sessionPresent: false }));
    await client.isClosed();
  });

  it("v5 [MQTT-3.2.2-8] refusals use the codes of CONNACK", async () => {
    const client = await dial(broker);
    client.sendsBytes(`10 ["MQTT" 05 02 003c [16 "data"] "codes"]`);
    await client.receives(connack({ reason: 0x82 }));
    await client.isClosed();
  });

  it("v5 [MQTT-3.2.2-19] [MQTT-3.2.2-20] a refusal fits into the Maximum Packet Size of the client", async () => {
    const client = await dial(broker);
    client.sends(connect({ properties: { authenticationMethod: "unknown", maximumPacketSize: 5 } }));
    await client.receivesBytes("20 [00 8c []]");
    await client.isClosed();
  });

  it("v5 §3.2.2.3 CONNACK announces the limits of the broker and nothing else", async () => {
    const client = await dial(broker);
    client.sends(connect());
    const { properties } = await client.hears("connack");
    assert.deepEqual(properties, {
      receiveMaximum: 1000,
      maximumPacketSize: 2_000_000,
      topicAliasMaximum: 10,
    });
  });
});

describe("MQTT 5 §3.2.2.3 limits of a broker with QoS 0 and no features", () => {
  const limits = {
    qosMax: 0,
    retainAvailable: false,
    wildcardAvailable: false,
    sharedAvailable: false,
    subscriptionIdentifiersAvailable: false,
    sessionExpirySecondsMax: 10,
  };
  const broker = useBroker({ limits });

  it("v5 [MQTT-3.2.2-9] Maximum QoS is announced, as is what is missing", async () => {
    const client = await dial(broker);
    client.sends(connect({ properties: { sessionExpiryInterval: 11 } }));
    const { properties } = await client.hears("connack");
    assert.deepEqual(properties, {
      receiveMaximum: 1000,
      maximumPacketSize: 2_000_000,
      topicAliasMaximum: 10,
      sessionExpiryInterval: 10,
      maximumQoS: 0,
      retainAvailable: 0,
      wildcardSubscriptionAvailable: 0,
      subscriptionIdentifiersAvailable: 0,
      sharedSubscriptionAvailable: 0,
    });
  });

  it("v5 [MQTT-3.2.2-10] SUBSCRIBE with QoS 0, 1 and 2 is accepted, and granted QoS 0", async () => {
    const client = await broker.joins();
    client.sends(subscribe(1, [filter("a", { qos: 0 }), filter("b", { qos: 1 }), filter("c", { qos: 2 })]));
    await client.receives(suback(1, [0, 0, 0]));
  });

  it("v5 [MQTT-3.2.2-11] a PUBLISH above Maximum QoS ends with 0x9B", async () => {
    await endsOn(broker, `32 ["a" 0001 [] 'x']`, 0x9b);
    await endsOn(broker, `34 ["a" 0001 [] 'x']`, 0x9b);
  });

  it("v5 [MQTT-3.2.2-12] a will above Maximum QoS is refused with 0x9B", async () => {
    const client = await dial(broker);
    client.sends(connect({ will: { topic: "will", qos: 1 } }));
    await client.receives(connack({ reason: 0x9b }));
    await client.isClosed();
  });

  it("v5 [MQTT-3.2.2-13] a will with RETAIN is refused with 0x9A", async () => {
    const client = await dial(broker);
    client.sends(connect({ will: { topic: "will", retain: true } }));
    await client.receives(connack({ reason: 0x9a }));
    await client.isClosed();
  });

  it("v5 [MQTT-3.2.2-14] a PUBLISH with RETAIN ends with 0x9A", async () => {
    await endsOn(broker, `31 ["a" [] 'x']`, 0x9a);
  });

  it("v5 §3.2.2.3.11 wildcards are refused with 0xA2", async () => {
    const client = await broker.joins();
    client.sends(subscribe(1, [filter("a/#"), filter("a/b"), filter("+")]));
    await client.receives(suback(1, [0xa2, 0, 0xa2]));
  });

  it("v5 §3.2.2.3.12 subscription identifiers end with 0xA1", async () => {
    await endsOn(broker, `82 [0001 [0b 01] "a" 00]`, 0xa1);
  });

  it("v5 §3.2.2.3.13 shared subscriptions are refused with 0x9E", async () => {
    const client = await broker.joins();
    client.sends(subscribe(1, [filter("$share/g/a")]));
    await client.receives(suback(1, [0x9e]));
  });
});
