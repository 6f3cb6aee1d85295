import {
  connack,
  connect,
  describe,
  dial,
  fresh,
  it,
  publish,
  refuses,
  useBroker,
} from "../../dialogue/mod.ts";

describe("MQTT 3.1.1 §3.2 CONNACK", () => {
  const broker = useBroker({ version: 4 });

  it("v3.1.1 [MQTT-3.2.0-1] the first packet is CONNACK, also when messages wait", async () => {
    const [clientId, topic] = [fresh("first"), fresh("first")];
    const before = await broker.joins({ clientId, cleanStart: false });
    await before.subscribes(topic, { qos: 1 });
    await before.leaves();
    await (await broker.joins()).publishes(topic, { qos: 1 });
    const client = await dial(broker);
    client.sends(connect({ version: 4, clientId, cleanStart: false }));
    await client.receives(connack({ sessionPresent: true }));
    await client.receives(publish(topic, { qos: 1 }));
  });

  it("v3.1.1 [MQTT-3.2.2-4] [MQTT-3.2.2-5] a refusal says that no session is present, and closes", async () => {
    const client = await dial(broker);
    client.sendsBytes(`10 ["MQTT" 04 00 003c ""]`);
    await client.receivesBytes("20 02 00 02");
    await client.isClosed();
  });

  it("v3.1.1 [MQTT-3.2.2-6] where no return code applies, the connection closes without CONNACK", async () => {
    await refuses(broker, `10 ["MQTT" 04 03 003c "none"]`, undefined, 4);
  });
});
