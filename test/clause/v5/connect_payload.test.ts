import assert from "node:assert/strict";
import {
  connack,
  connect,
  describe,
  dial,
  forEach,
  fresh,
  it,
  publish,
  refuses,
  useBroker,
} from "../../dialogue/mod.ts";

describe("MQTT 5 §3.1.3 CONNECT: payload", () => {
  const broker = useBroker();

  it("v5 [MQTT-3.1.3-1] the fields come in the order of the standard", async () => {
    const topic = fresh("order");
    const watcher = await broker.joins();
    await watcher.subscribes(topic);
    const client = await dial(broker);
    client.sendsBytes(`10 ["MQTT" 05 c6 003c [] "ordered" [03 "text"] "${topic}" "will" "user" "pass"]`);
    await client.receives(connack());
    client.cuts();
    await watcher.receives(publish(topic, { payload: "will", properties: { contentType: "text" } }));
  });

  it("v5 [MQTT-3.1.3-2] the client identifier names the session", async () => {
    const properties = { sessionExpiryInterval: 100 };
    const [one, other] = [fresh("one"), fresh("other")];
    await (await broker.joins({ clientId: one, properties })).leaves();
    await broker.joins({ clientId: other, cleanStart: false, properties });
    await broker.joins({ clientId: one, cleanStart: false, sessionPresent: true });
  });

  it("v5 [MQTT-3.1.3-3] a CONNECT without a client identifier is malformed", async () => {
    await refuses(broker, `10 ["MQTT" 05 02 003c []]`, 0x81);
  });

  it("v5 [MQTT-3.1.3-4] a client identifier that is not UTF-8 is malformed", async () => {
    await refuses(broker, `10 ["MQTT" 05 02 003c [] 0002 c328]`, 0x81);
  });

  it("v5 [MQTT-3.1.3-5] identifiers of 1 to 23 letters and digits are allowed", async () => {
    const allowed = ["0", "z", "0123456789abcdefghijklm", "nopqrstuvwxyzABCDEFGHIJ", "KLMNOPQRSTUVWXYZ"];
    await forEach(allowed, async (clientId) => (await broker.joins({ clientId })).pings());
  });

  it("v5 §3.1.3.1 longer identifiers with other characters are allowed", async () => {
    await (await broker.joins({ clientId: `x/é😀 ${"y".repeat(200)}` })).pings();
  });

  it("v5 [MQTT-3.1.3-6] [MQTT-3.1.3-7] [MQTT-3.2.2-16] a client without an identifier is assigned a new one", async () => {
    const assigned: string[] = [];
    for (let round = 0; round < 2; round += 1) {
      const client = await dial(broker);
      client.sends(connect({ clientId: "", properties: { sessionExpiryInterval: 100 } }));
      const answer = await client.hears("connack");
      assert.equal(answer.reason, 0);
      assigned.push(answer.properties.assignedClientIdentifier ?? "");
      await client.leaves();
    }
    assert.ok(assigned.every((identifier) => identifier.length > 0));
    assert.notEqual(assigned[0], assigned[1]);
    for (const clientId of assigned) {
      await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    }
  });

  it("v5 [MQTT-3.1.3-7] an empty identifier with Clean Start 0 is assigned one too", async () => {
    const client = await dial(broker);
    client.sends(connect({ clientId: "", cleanStart: false }));
    const answer = await client.hears("connack");
    assert.equal(answer.sessionPresent, false);
    assert.ok(answer.properties.assignedClientIdentifier);
  });

  it("v5 §3.2.2.3.7 a client that brings an identifier is assigned none", async () => {
    await (await broker.joins({ clientId: fresh("own") })).pings();
  });

  it("v5 [MQTT-3.1.3-11] a will topic that is not UTF-8 is malformed", async () => {
    await refuses(broker, `10 ["MQTT" 05 06 003c [] "will" [] 0002 c328 "w"]`, 0x81);
  });

  it("v5 [MQTT-3.1.3-12] a user name that is not UTF-8 is malformed", async () => {
    await refuses(broker, `10 ["MQTT" 05 82 003c [] "user" 0002 c328]`, 0x81);
  });
});
