import {
  describe,
  encode,
  endsOn,
  forEach,
  fresh,
  it,
  pubcomp,
  publish,
  pubrec,
  refuses,
  useBroker,
} from "../../dialogue/mod.ts";

describe("MQTT 3.1.1 §2.2 fixed header", () => {
  const broker = useBroker({ version: 4 });

  it("v3.1.1 [MQTT-2.2.2-1] the packets of the server carry the flags of the table", async () => {
    const topic = fresh("flags");
    const client = await broker.joins();
    client.sendsBytes(`82 [0001 "${topic}" 02]`);
    await client.receivesBytes("90 03 0001 02");
    client.sendsBytes(`34 ["${topic}" 0002 'x'] 62 [0002]`);
    await client.receivesInAnyOrder(pubrec(2), pubcomp(2), publish(topic, { qos: 2, payload: "x" }));
    client.sendsBytes(`a2 [0003 "${topic}"]`);
    await client.receivesBytes("b0 02 0003");
    client.sendsBytes("c0 00");
    await client.receivesBytes("d0 00");
  });

  it("v3.1.1 [MQTT-2.2.2-2] wrong flags close the connection", async () => {
    const wrong = [
      `41 [0001]`,
      `51 [0001]`,
      `60 [0001]`,
      `63 [0001]`,
      `66 [0001]`,
      `71 [0001]`,
      `80 [0001 "flag" 00]`,
      `83 [0001 "flag" 00]`,
      `a0 [0001 "flag"]`,
      `a3 [0001 "flag"]`,
      "c1 00",
      "e1 00",
    ];
    await forEach(wrong, (said) => endsOn(broker, said));
    await refuses(broker, `11 ["MQTT" 04 02 003c "flagged"]`, undefined, 4);
  });

  it("v3.1.1 §2.2.1 reserved types and those that only a server sends close the connection", async () => {
    const never = ["00 00", "f0 00", "20 02 0000", `90 [0001 00]`, "b0 02 0001", "d0 00"];
    await forEach(never, (said) => endsOn(broker, said));
    await forEach(never, (said) => refuses(broker, said, undefined, 4));
  });

  it("v3.1.1 §2.2.3 a Remaining Length of more than four bytes closes the connection", async () => {
    await endsOn(broker, "30 ffffffff 01");
    await refuses(broker, "10 80808080 01", undefined, 4);
  });

  it("v3.1.1 §2.2.3 a packet may come in pieces of one byte, and many packets in one piece", async () => {
    const topic = fresh("pieces");
    const client = await broker.joins();
    await client.subscribes(topic);
    const one = encode(publish(topic, { payload: "one" }), 4);
    for (const byte of one) client.sendsBytes(Uint8Array.of(byte));
    await client.receives(publish(topic, { payload: "one" }));
    client.sendsBytes(Uint8Array.of(...one, ...one, ...one));
    for (let copy = 0; copy < 3; copy += 1) await client.receives(publish(topic, { payload: "one" }));
  });
});
