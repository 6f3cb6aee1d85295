import {
  connack,
  connect,
  describe,
  dial,
  endsOn,
  filter,
  forEach,
  fresh,
  it,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  subscribe,
  unsubscribe,
  useBroker,
} from "../../dialogue/mod.ts";

describe("MQTT 5 §3.1.2.11.4 Maximum Packet Size of the client", () => {
  const broker = useBroker();

  it("v5 [MQTT-3.1.2-24] no packet exceeds it: at the limit a message comes, one byte more and it does not", async () => {
    const topic = fresh("size");
    const maximumPacketSize = 100;
    const [reader, writer] = [
      await broker.joins({ properties: { maximumPacketSize } }),
      await broker.joins(),
    ];
    await reader.subscribes(topic);
    const fits = 100 - 2 - 2 - topic.length - 1;
    writer.sends(
      publish(topic, { payload: "x".repeat(fits + 1) }),
      publish(topic, { payload: "x".repeat(fits) }),
    );
    await reader.receives(publish(topic, { payload: "x".repeat(fits) }));
    await reader.receivesNothing(writer);
  });

  it("v5 [MQTT-3.1.2-24] properties count too", async () => {
    const topic = fresh("size");
    const [reader, writer] = [
      await broker.joins({ properties: { maximumPacketSize: 100 } }),
      await broker.joins(),
    ];
    await reader.subscribes(topic);
    writer.sends(
      publish(topic, { payload: "too much", properties: { userProperties: [["a", "x".repeat(90)]] } }),
    );
    writer.sends(publish(topic, { payload: "fits" }));
    await reader.receives(publish(topic, { payload: "fits" }));
  });

  it("v5 [MQTT-3.1.2-24] a client whose maximum is too small for CONNACK is refused within it", async () => {
    await forEach([1, 4, 5, 10], async (maximumPacketSize) => {
      const client = await dial(broker);
      client.sends(connect({ properties: { maximumPacketSize } }));
      await client.isClosedWithinBytes(maximumPacketSize);
    });
  });

  it("v5 [MQTT-3.1.2-24] a SUBACK or UNSUBACK that is too large is not sent, and ends the connection", async () => {
    const filters = Array.from({ length: 40 }, (_, at) => filter(`f${at}`));
    for (const request of [subscribe(1, filters), unsubscribe(1, filters.map((one) => one.filter))]) {
      const client = await broker.joins({ properties: { maximumPacketSize: 32 } });
      client.sends(request);
      await client.isClosedWithinBytes(32);
    }
  });

  it("v5 [MQTT-3.1.2-25] a message that is too large counts as delivered and takes no place in the window", async () => {
    const [clientId, topic] = [fresh("size"), fresh("size")];
    const properties = { maximumPacketSize: 100, receiveMaximum: 1, sessionExpiryInterval: 100 };
    const reader = await broker.joins({ clientId, properties });
    await reader.subscribes(topic, { qos: 2 });
    const writer = await broker.joins();
    for (const qos of [1, 2] as const) await writer.publishes(topic, { qos, payload: "x".repeat(100) });
    await writer.publishes(topic, { qos: 1, payload: "fits" });
    await reader.takes(publish(topic, { qos: 1, payload: "fits" }));
    await reader.leaves();
    const again = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await again.receivesNothing();
  });

  it("v5 [MQTT-3.1.2-25] others get the message that is too large for one", async () => {
    const topic = fresh("size");
    const [small, large, writer] = [
      await broker.joins({ properties: { maximumPacketSize: 50 } }),
      await broker.joins(),
      await broker.joins(),
    ];
    await small.subscribes(topic);
    await large.subscribes(topic);
    writer.sends(publish(topic, { payload: "x".repeat(60) }));
    await large.receives(publish(topic, { payload: "x".repeat(60) }));
    await small.receivesNothing();
  });

  it("v5 [MQTT-3.1.2-28] Response Information comes only where it was asked for", async () => {
    for (const properties of [{}, { requestResponseInformation: 0 }, { requestResponseInformation: 1 }]) {
      const client = await dial(broker);
      client.sends(connect({ properties }));
      await client.receives(connack());
    }
  });
});

describe("MQTT 5 §3.2.2.3.6 Maximum Packet Size of the server", () => {
  const broker = useBroker({ limits: { packetBytesMax: 100 } });

  it("v5 [MQTT-3.2.2-15] a packet of that size is taken, and a larger one ends with 0x95", async () => {
    const client = await broker.joins();
    client.sends(publish("a", { payload: "x".repeat(100 - 2 - 3 - 1) }));
    await client.pings();
    await endsOn(broker, "30 63 0001", 0x95);
    await endsOn(broker, "30 80808001", 0x95);
  });

  it("v5 §3.2.2.3.6 the CONNACK says so", async () => {
    const client = await dial(broker);
    client.sends(connect());
    await client.receives(connack({ properties: { maximumPacketSize: 100 } }));
  });

  it("v5 §4.9 a QoS 2 message of the allowed size goes through", async () => {
    const client = await broker.joins();
    client.sends(publish("a", { qos: 2, id: 1, payload: "x".repeat(80) }));
    await client.receives(pubrec(1, 0x10));
    client.sends(pubrel(1));
    await client.receives(pubcomp(1));
  });
});
