import {
  describe,
  encode,
  endsOn,
  forEach,
  fresh,
  it,
  puback,
  publish,
  refuses,
  unsuback,
  unsubscribe,
  useBroker,
} from "../../dialogue/mod.ts";

describe("MQTT 5 §2.1 fixed header, §2.2.2 properties", () => {
  const broker = useBroker();

  it("v5 [MQTT-2.1.3-1] wrong flags are malformed", async () => {
    const wrong = [
      `41 [0001]`,
      `51 [0001]`,
      `60 [0001]`,
      `66 [0001]`,
      `71 [0001]`,
      `80 [0001 [] "flag" 00]`,
      `a0 [0001 [] "flag"]`,
      "c1 00",
      "e1 00",
      "f1 00",
    ];
    await forEach(wrong, (said) => endsOn(broker, said, 0x81));
    await refuses(broker, `11 ["MQTT" 05 02 003c [] "flagged"]`, 0x81);
  });

  it("v5 [MQTT-2.1.3-1] the packets of the server carry the flags of the table, in mosquitto's byte forms", async () => {
    const topic = fresh("flags");
    const client = await broker.joins();
    client.sendsBytes(`82 [0001 [] "${topic}" 02]`);
    await client.receivesBytes("90 04 0001 00 02");
    client.sendsBytes(`32 ["${topic}" 0002 [] 'x']`);
    await client.receivesInAnyOrder(publish(topic, { qos: 1, payload: "x" }), puback(2));
    client.sendsBytes(`a2 [0003 [] "${topic}"]`);
    await client.receivesBytes("b0 04 0003 00 00");
    client.sendsBytes("c0 00");
    await client.receivesBytes("d0 00");
  });

  it("v5 §2.1.2 the reserved type is malformed, and types of the server are a protocol error", async () => {
    await endsOn(broker, "00 00", 0x81);
    const serverOnly = [`20 [00 00 []]`, `90 [0001 [] 00]`, `b0 [0001 [] 00]`, "d0 00"];
    await forEach(serverOnly, (said) => endsOn(broker, said, 0x82));
    await forEach(["00 00", ...serverOnly], (said) => refuses(broker, said, undefined));
  });

  it("v5 [MQTT-2.2.2-1] no properties are a Property Length of zero, and it may not be missing", async () => {
    const topic = fresh("none");
    const client = await broker.joins();
    await client.subscribes(topic);
    client.sendsBytes(`30 ["${topic}" [] 'x']`);
    await client.receivesBytes(`30 ["${topic}" [] 'x']`);
    client.sends(unsubscribe(9, [topic]));
    await client.receives(unsuback(9, [0]));
    await endsOn(broker, `30 ["a"]`, 0x81);
    await endsOn(broker, `82 [0001]`, 0x81);
  });

  it("v5 §2.2.2.1 a Property Length beyond the packet is malformed", async () => {
    await endsOn(broker, `30 ["a" 05 01 00]`, 0x81);
    await endsOn(broker, `30 ["a" [01] 00]`, 0x81);
    await endsOn(broker, `30 ["a" [0203] 00]`, 0x81);
  });

  it("v5 §2.2.2.2 a property that is unknown or out of place is malformed", async () => {
    await endsOn(broker, `30 ["a" [7f 00] 'x']`, 0x81);
    await endsOn(broker, `30 ["a" [04 00] 'x']`, 0x81);
    await endsOn(broker, `30 ["a" [21 0001] 'x']`, 0x81);
    await endsOn(broker, `82 [0001 [01 00] "a" 00]`, 0x81);
    await endsOn(broker, `a2 [0001 [0b 01] "a"]`, 0x81);
    await endsOn(broker, `40 [0001 00 [23 0001]]`, 0x81);
    await refuses(broker, `10 ["MQTT" 05 02 003c [23 0001] "misplaced"]`, 0x81);
  });

  it("v5 §2.2.2.2 a property that stands twice is a protocol error", async () => {
    await endsOn(broker, `30 ["a" [01 00 01 00] 'x']`, 0x82);
    await endsOn(broker, `30 ["a" [02 00000001 02 00000001] 'x']`, 0x82);
    await endsOn(broker, `30 ["a" [03 "t" 03 "t"] 'x']`, 0x82);
    await endsOn(broker, `30 ["a" [08 "t" 08 "t"] 'x']`, 0x82);
    await endsOn(broker, `30 ["a" [09 "t" 09 "t"] 'x']`, 0x82);
    await endsOn(broker, `30 ["a" [23 0001 23 0001] 'x']`, 0x82);
    await endsOn(broker, `82 [0001 [0b 01 0b 02] "a" 00]`, 0x82);
    await endsOn(broker, `40 [0001 00 [1f "r" 1f "r"]]`, 0x82);
    await endsOn(broker, `e0 [00 [11 00000001 11 00000001]]`, 0x82);
    for (const twice of ["11 00000001", "21 0001", "22 0001", "27 00000100", "19 01", "17 01"]) {
      await refuses(broker, `10 ["MQTT" 05 02 003c [${twice} ${twice}] "twice"]`, 0x82);
    }
    await refuses(broker, `10 ["MQTT" 05 06 003c [] "twice" [18 00000001 18 00000001] "t" "p"]`, 0x82);
  });

  it("v5 §2.2.2.2 a value that its property cannot have is a protocol error", async () => {
    await endsOn(broker, `30 ["a" [01 02] 'x']`, 0x82);
    await endsOn(broker, `82 [0001 [0b 00] "a" 00]`, 0x82);
    for (const value of ["21 0000", "27 00000000", "19 02", "17 02"]) {
      await refuses(broker, `10 ["MQTT" 05 02 003c [${value}] "value"]`, 0x82);
    }
  });

  it("v5 §2.1.4 a packet may come in pieces of one byte, and many packets in one piece", async () => {
    const topic = fresh("pieces");
    const client = await broker.joins();
    await client.subscribes(topic);
    const one = encode(publish(topic, { payload: "one" }), 5);
    for (const byte of one) client.sendsBytes(Uint8Array.of(byte));
    await client.receives(publish(topic, { payload: "one" }));
    client.sendsBytes(Uint8Array.of(...one, ...one, ...one));
    for (let copy = 0; copy < 3; copy += 1) await client.receives(publish(topic, { payload: "one" }));
  });
});
