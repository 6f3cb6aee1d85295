import { connack, connect, describe, dial, endsOn, forEach, it, useBroker } from "../../dialogue/mod.ts";

describe("MQTT 5 §4.13 handling errors", () => {
  const broker = useBroker();

  it("v5 [MQTT-4.13.1-1] a malformed packet closes the connection that it came on, and no other", async () => {
    const neighbour = await broker.joins();
    const malformed = [
      "40 00",
      "40 [01]",
      "40 [000100 [] 00]",
      "62 [000100 [] 00]",
      "c0 [00]",
      "82 [00]",
      `82 [0001 [] "a" 00 00]`,
      `a2 [0001 [] "a" 00]`,
      "e0 [00 [] 00]",
    ];
    await forEach(malformed, (said) => endsOn(broker, said, 0x81));
    await neighbour.pings();
  });

  it("v5 [MQTT-4.13.1-1] a protocol error closes the connection that it came on, and no other", async () => {
    const neighbour = await broker.joins();
    await forEach(["70 [0000]", "40 [0000]", "d0 00"], (said) => endsOn(broker, said, 0x82));
    await neighbour.pings();
  });

  it("v5 [MQTT-4.13.2-1] a code of 0x80 or more is followed by the end of the connection", async () => {
    await endsOn(broker, "00 00", 0x81);
    const client = await dial(broker);
    client.sends(connect({ properties: { authenticationMethod: "none" } }));
    await client.receives(connack({ reason: 0x8c }));
    await client.isClosed();
  });
});
