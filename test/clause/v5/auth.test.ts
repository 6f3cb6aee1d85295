import {
  auth,
  connack,
  connect,
  describe,
  dial,
  endsOn,
  forEach,
  it,
  refuses,
  useBroker,
} from "../../dialogue/mod.ts";

describe("MQTT 5 §3.15 AUTH, §4.12 enhanced authentication", () => {
  const broker = useBroker();

  it("v5 [MQTT-3.15.1-1] AUTH with flags is malformed", async () => {
    await forEach(["f1", "f2", "f4", "f8"], (first) => endsOn(broker, `${first} [19 [15 "m"]]`, 0x81));
  });

  it("v5 [MQTT-3.15.2-1] a reason code that AUTH does not have is a protocol error", async () => {
    await endsOn(broker, `f0 [01 [15 "m"]]`, 0x82);
  });

  it("v5 [MQTT-4.12.0-1] an authentication method that is not supported is refused with 0x8C", async () => {
    const client = await dial(broker);
    client.sends(connect({ properties: { authenticationMethod: "SCRAM-SHA-1", authenticationData: "x" } }));
    await client.receives(connack({ reason: 0x8c }));
    await client.isClosed();
  });

  it("v5 [MQTT-4.12.0-6] without a method the server sends no AUTH and names no method", async () => {
    const client = await dial(broker);
    client.sends(connect());
    await client.receives(connack({ properties: {} }));
    await client.receivesNothing();
  });

  it("v5 [MQTT-4.12.0-7] AUTH of a client that named no method is a protocol error", async () => {
    await endsOn(broker, `f0 [18 [15 "m"]]`, 0x82);
    const client = await broker.joins();
    client.sends(auth(0x19, { authenticationMethod: "m" }));
    await client.isDisconnected(0x82);
  });

  it("v5 §3.1.2.11.10 authentication data without a method are a protocol error", async () => {
    await refuses(broker, `10 ["MQTT" 05 02 003c [16 "data"] "auth"]`, 0x82);
  });

  it("v5 §3.15 AUTH as the first packet closes the connection", async () => {
    await refuses(broker, `f0 [18 [15 "m"]]`, undefined);
  });
});
