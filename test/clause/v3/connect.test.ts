import {
  connack,
  connect,
  describe,
  dial,
  endsOn,
  forEach,
  fresh,
  it,
  pingreq,
  pingresp,
  publish,
  refuses,
  useBroker,
} from "../../dialogue/mod.ts";

describe("MQTT 3.1.1 §3.1 CONNECT: variable header", () => {
  const broker = useBroker({ version: 4 });

  it("v3.1.1 [MQTT-3.1.0-1] anything before CONNECT closes the connection", async () => {
    const early = ["c0 00", `30 ["a" 'x']`, `82 [0001 "a" 00]`, "e0 00", "40 02 0001", "62 02 0001"];
    await forEach(early, (said) => refuses(broker, said, undefined, 4));
  });

  it("v3.1.1 [MQTT-3.1.0-2] a second CONNECT closes the connection", async () => {
    await endsOn(broker, `10 ["MQTT" 04 02 003c "second"]`);
  });

  it("v3.1.1 [MQTT-3.1.2-1] a wrong protocol name closes the connection", async () => {
    await forEach(["MQTX", "mqtt", "MQT", "MQTTT", ""], async (name) => {
      await refuses(broker, `10 ["${name}" 04 02 003c "name"]`, undefined, 4);
    });
  });

  it("v3.1.1 [MQTT-3.1.2-2] an unsupported protocol level is answered with code 1", async () => {
    await forEach(
      ["00", "01", "02", "03"],
      (level) => refuses(broker, `10 ["MQTT" ${level} 02 003c "level"]`, 1, 4),
    );
  });

  it("v3.1.1 [MQTT-3.1.2-3] the reserved connect flag closes the connection", async () => {
    await refuses(broker, `10 ["MQTT" 04 03 003c "reserved"]`, undefined, 4);
  });

  it("v3.1.1 [MQTT-3.1.2-18] [MQTT-3.1.2-19] a user name that does not fit its flag closes the connection", async () => {
    await refuses(broker, `10 ["MQTT" 04 02 003c "name-extra" "user"]`, undefined, 4);
    await refuses(broker, `10 ["MQTT" 04 82 003c "name-missing"]`, undefined, 4);
  });

  it("v3.1.1 [MQTT-3.1.2-20] [MQTT-3.1.2-21] a password that does not fit its flag closes the connection", async () => {
    await refuses(broker, `10 ["MQTT" 04 82 003c "word-extra" "user" "pass"]`, undefined, 4);
    await refuses(broker, `10 ["MQTT" 04 c2 003c "word-missing" "user"]`, undefined, 4);
  });

  it("v3.1.1 [MQTT-3.1.2-22] a password without a user name closes the connection", async () => {
    await refuses(broker, `10 ["MQTT" 04 42 003c "word-alone" "pass"]`, undefined, 4);
  });

  it("v3.1.1 [MQTT-3.1.4-1] a CONNECT that is cut short or too long closes the connection without CONNACK", async () => {
    await refuses(broker, "10 00", undefined, 4);
    await refuses(broker, `10 ["MQTT" 04 02]`, undefined, 4);
    await refuses(broker, `10 ["MQTT" 04 02 003c]`, undefined, 4);
    await refuses(broker, `10 ["MQTT" 04 02 003c 0009 'short']`, undefined, 4);
    await refuses(broker, `10 ["MQTT" 04 02 003c "trailing" 00]`, undefined, 4);
  });

  it("v3.1.1 [MQTT-3.1.4-2] a second connection with the same client identifier ends the first", async () => {
    const clientId = fresh("takeover");
    const first = await broker.joins({ clientId });
    const second = await broker.joins({ clientId });
    await first.isClosed();
    await second.pings();
  });

  it("v3.1.1 [MQTT-3.1.4-4] a valid CONNECT is answered with CONNACK code 0", async () => {
    const client = await dial(broker);
    client.sendsBytes(`10 ["MQTT" 04 02 003c "welcome"]`);
    await client.receivesBytes("20 02 00 00");
  });

  it("v3.1.1 [MQTT-3.1.4-5] what follows a refused CONNECT is not processed", async () => {
    const topic = fresh("ignored");
    const reader = await broker.joins();
    await reader.subscribes(topic);
    const refused = await dial(broker);
    refused.speaks(4);
    refused.sendsBytes(`10 ["MQTT" 02 02 003c "refused"] 30 ["${topic}" 'x'] c0 00`);
    await refused.receives(connack({ reason: 1 }));
    await refused.isClosed();
    await reader.receivesNothing();
  });

  it("v3.1.1 §3.1.4 packets may follow CONNECT before CONNACK has come", async () => {
    const topic = fresh("early");
    const reader = await broker.joins();
    await reader.subscribes(topic);
    const hasty = await dial(broker);
    hasty.sends(connect({ version: 4 }), publish(topic, { payload: "x" }), pingreq());
    await hasty.receives(connack());
    await hasty.receives(pingresp());
    await reader.receives(publish(topic, { payload: "x" }));
  });

  it("v3.1 is served too: MQIsdp, level 3", async () => {
    const topic = fresh("old");
    const client = await broker.joins({ version: 3 });
    await client.subscribes(topic, { qos: 1 });
    await client.publishes(topic, { payload: "x", qos: 0 });
    await client.receives(publish(topic, { payload: "x" }));
  });
});
