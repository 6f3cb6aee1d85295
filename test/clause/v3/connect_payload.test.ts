import {
  connack,
  describe,
  dial,
  forEach,
  fresh,
  it,
  publish,
  refuses,
  useBroker,
} from "../../dialogue/mod.ts";

describe("MQTT 3.1.1 §3.1.3 CONNECT: payload", () => {
  const broker = useBroker({ version: 4 });

  it("v3.1.1 [MQTT-3.1.3-1] the fields come in the order of the standard", async () => {
    const topic = fresh("order");
    const watcher = await broker.joins();
    await watcher.subscribes(topic);
    const client = await dial(broker);
    client.sendsBytes(`10 ["MQTT" 04 c6 003c "ordered" "${topic}" "will" "user" "pass"]`);
    await client.receivesBytes("20 02 00 00");
    client.cuts();
    await watcher.receives(publish(topic, { payload: "will" }));
  });

  it("v3.1.1 [MQTT-3.1.3-2] the client identifier names the session", async () => {
    const [one, other] = [fresh("one"), fresh("other")];
    const first = await broker.joins({ clientId: one, cleanStart: false });
    await first.leaves();
    await broker.joins({ clientId: other, cleanStart: false });
    await broker.joins({ clientId: one, cleanStart: false, sessionPresent: true });
  });

  it("v3.1.1 [MQTT-3.1.3-3] a CONNECT without a client identifier closes the connection", async () => {
    await refuses(broker, `10 ["MQTT" 04 02 003c]`, undefined, 4);
  });

  it("v3.1.1 [MQTT-3.1.3-4] a client identifier that is not UTF-8 closes the connection", async () => {
    await refuses(broker, `10 ["MQTT" 04 02 003c 0002 c328]`, undefined, 4);
  });

  it("v3.1.1 [MQTT-3.1.3-5] identifiers of 1 to 23 letters and digits are allowed", async () => {
    const allowed = ["0", "z", "0123456789abcdefghijklm", "nopqrstuvwxyzABCDEFGHIJ", "KLMNOPQRSTUVWXYZ"];
    await forEach(allowed, async (clientId) => {
      const client = await broker.joins({ clientId });
      await client.pings();
    });
  });

  it("v3.1.1 §3.1.3.1 longer identifiers with other characters are allowed", async () => {
    const client = await broker.joins({ clientId: `x/é😀 ${"y".repeat(200)}` });
    await client.pings();
  });

  it("v3.1.1 [MQTT-3.1.3-6] clients without an identifier get sessions of their own", async () => {
    const first = await broker.joins({ clientId: "" });
    const second = await broker.joins({ clientId: "" });
    await first.pings();
    await second.pings();
  });

  it("v3.1.1 [MQTT-3.1.3-7] [MQTT-3.1.3-8] [MQTT-3.1.3-9] an empty identifier with clean session 0 is answered with code 2", async () => {
    const client = await dial(broker);
    client.speaks(4);
    client.sendsBytes(`10 ["MQTT" 04 00 003c ""]`);
    await client.receives(connack({ reason: 2 }));
    await client.isClosed();
  });

  it("v3.1.1 [MQTT-3.1.3-10] a will topic that is not UTF-8 closes the connection", async () => {
    await refuses(broker, `10 ["MQTT" 04 06 003c "will" 0002 c328 "w"]`, undefined, 4);
  });

  it("v3.1.1 [MQTT-3.1.3-11] a user name that is not UTF-8 closes the connection", async () => {
    await refuses(broker, `10 ["MQTT" 04 82 003c "user" 0002 c328]`, undefined, 4);
  });
});
