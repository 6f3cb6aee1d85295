import { describe, fresh, it, puback, publish, useBroker } from "../../dialogue/mod.ts";

/** The forms that mosquitto sends where the standard leaves a choice. */
describe("byte forms, version 5", () => {
  const broker = useBroker();

  it("acknowledgements with reason 0 have two bytes", async () => {
    const topic = fresh("form");
    const client = await broker.joins();
    await client.subscribes(topic, { qos: 2 });
    client.sendsBytes(`34 ["${topic}" 0102 []]`);
    await client.receivesBytesInAnyOrder("50 [0102]", `34 ["${topic}" 0001 []]`);
    client.sendsBytes("50 [0001]");
    await client.receivesBytes("62 [0001]");
    client.sendsBytes("62 [0102]");
    await client.receivesBytes("70 [0102]");
  });

  it("acknowledgements with another reason and no properties have three bytes", async () => {
    const client = await broker.joins();
    client.sendsBytes(`32 ["${fresh("nobody")}" 0102 []]`);
    await client.receivesBytes("40 [0102 10]");
    client.sendsBytes("62 [0102]");
    await client.receivesBytes("70 [0102 92]");
  });

  it("DISCONNECT has its reason and no properties", async () => {
    const clientId = fresh("form");
    const first = await broker.joins({ clientId });
    await broker.joins({ clientId });
    await first.receivesBytes("e0 [8e]");
    const faulty = await broker.joins();
    faulty.sendsBytes("00 00");
    await faulty.receivesBytes("e0 [81]");
  });

  it("SUBACK and UNSUBACK have an empty list of properties", async () => {
    const client = await broker.joins();
    client.sendsBytes(`82 [0102 [] "a" 00]`);
    await client.receivesBytes("90 [0102 [] 00]");
    client.sendsBytes(`a2 [0103 [] "a"]`);
    await client.receivesBytes("b0 [0103 [] 00]");
  });
});

describe("byte forms, version 3.1.1", () => {
  const broker = useBroker({ version: 4 });

  it("every packet of the server", async () => {
    const topic = fresh("form");
    const client = await broker.joins();
    client.sendsBytes(`82 [0102 "${topic}" 01]`);
    await client.receivesBytes("90 [0102 01]");
    client.sendsBytes(`32 ["${topic}" 0103 'x']`);
    await client.receivesInAnyOrder(puback(0x0103), publish(topic, { qos: 1, payload: "x", id: 1 }));
    client.sendsBytes("40 [0001]");
    client.sendsBytes(`a2 [0104 "${topic}"]`);
    await client.receivesBytes("b0 [0104]");
    client.sendsBytes("62 [0105]");
    await client.receivesBytes("70 [0105]");
  });

  it("a PUBLISH whose Remaining Length was padded goes on with a short one", async () => {
    const topic = fresh("form");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic);
    const length = (2 + topic.length + 1 | 0x80).toString(16);
    writer.sendsBytes(`30 ${length}00 "${topic}" 'x'`);
    await reader.receivesBytes(`30 ["${topic}" 'x']`);
  });
});
