import {
  connack,
  connect,
  describe,
  dial,
  disconnect,
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

describe("MQTT 5 §3.1 CONNECT", () => {
  const broker = useBroker();

  it("v5 [MQTT-3.1.0-1] anything before CONNECT closes the connection", async () => {
    const early = [
      "c0 00",
      `30 ["a" [] 'x']`,
      `82 [0001 [] "a" 00]`,
      "e0 00",
      "40 [0001]",
      "62 [0001]",
      "f0 00",
    ];
    await forEach(early, (said) => refuses(broker, said, undefined));
  });

  it("v5 [MQTT-3.1.0-2] a second CONNECT is a protocol error", async () => {
    await endsOn(broker, `10 ["MQTT" 05 02 003c [] "second"]`, 0x82);
  });

  it("v5 [MQTT-3.1.2-1] a wrong protocol name closes the connection", async () => {
    await forEach(["MQTX", "mqtt", "MQT", "MQTTT", ""], async (name) => {
      await refuses(broker, `10 ["${name}" 05 02 003c [] "name"]`, undefined);
    });
  });

  it("v5 [MQTT-3.1.2-2] a later protocol version is answered with 0x84", async () => {
    await forEach(
      ["06", "07", "7f"],
      (level) => refuses(broker, `10 ["MQTT" ${level} 02 003c [] "level"]`, 0x84),
    );
  });

  it("v5 [MQTT-3.1.2-3] the reserved connect flag is malformed", async () => {
    await refuses(broker, `10 ["MQTT" 05 03 003c [] "reserved"]`, 0x81);
  });

  it("v5 [MQTT-3.1.2-16] [MQTT-3.1.2-17] a user name that does not fit its flag is malformed", async () => {
    await refuses(broker, `10 ["MQTT" 05 02 003c [] "name-extra" "user"]`, 0x81);
    await refuses(broker, `10 ["MQTT" 05 82 003c [] "name-missing"]`, 0x81);
  });

  it("v5 [MQTT-3.1.2-18] [MQTT-3.1.2-19] a password that does not fit its flag is malformed", async () => {
    await refuses(broker, `10 ["MQTT" 05 82 003c [] "word-extra" "user" "pass"]`, 0x81);
    await refuses(broker, `10 ["MQTT" 05 c2 003c [] "word-missing" "user"]`, 0x81);
  });

  it("v5 §3.1.2.9 a password without a user name is legal", async () => {
    const client = await broker.joins({ password: "alone" });
    await client.pings();
  });

  it("v5 [MQTT-3.1.4-1] a CONNECT that is cut short or too long is refused as malformed", async () => {
    await refuses(broker, `10 ["MQTT" 05 02]`, 0x81);
    await refuses(broker, `10 ["MQTT" 05 02 003c]`, 0x81);
    await refuses(broker, `10 ["MQTT" 05 02 003c []]`, 0x81);
    await refuses(broker, `10 ["MQTT" 05 02 003c [] 0009 'short']`, 0x81);
    await refuses(broker, `10 ["MQTT" 05 02 003c [] "trailing" 00]`, 0x81);
    await refuses(broker, "10 00", undefined);
  });

  it("v5 [MQTT-3.1.4-2] [MQTT-4.13.2-1] a refused authentication closes the connection", async () => {
    const client = await dial(broker);
    client.sends(connect({ properties: { authenticationMethod: "unknown" } }));
    await client.receives(connack({ reason: 0x8c }));
    await client.isClosed();
  });

  it("v5 [MQTT-3.1.4-3] a second connection takes the session over, and the first is told 0x8E", async () => {
    const clientId = fresh("takeover");
    const first = await broker.joins({ clientId });
    const second = await broker.joins({ clientId });
    await first.isDisconnected(0x8e);
    await second.pings();
  });

  it("v5 [MQTT-3.1.4-5] a valid CONNECT is answered with CONNACK 0x00", async () => {
    const client = await dial(broker);
    client.sends(connect());
    await client.receives(connack({ reason: 0 }));
    await client.pings();
  });

  it("v5 [MQTT-3.1.4-6] what follows a refused CONNECT is not processed", async () => {
    const topic = fresh("ignored");
    const reader = await broker.joins();
    await reader.subscribes(topic);
    const refused = await dial(broker);
    refused.sendsBytes(`10 ["MQTT" 05 03 003c [] "refused"] 30 ["${topic}" [] 'x'] c0 00`);
    await refused.receives(connack({ reason: 0x81 }));
    await refused.isClosed();
    await reader.receivesNothing();
  });

  it("v5 §3.1.4 packets may follow CONNECT before CONNACK has come", async () => {
    const topic = fresh("early");
    const reader = await broker.joins();
    await reader.subscribes(topic);
    const hasty = await dial(broker);
    hasty.sends(connect(), publish(topic), pingreq(), disconnect());
    await hasty.receives(connack());
    await hasty.receives(pingresp());
    await hasty.isClosed();
    await reader.receives(publish(topic));
  });
});
