import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { connect, describe, encode, fresh, it, pingresp, publish, useBroker } from "../../dialogue/mod.ts";

describe("MQTT 3.1.1 §6 WebSocket", () => {
  const broker = useBroker({ version: 4 });

  it("v3.1.1 [MQTT-6.0.0-1] a text frame closes the connection", async () => {
    const socket = new WebSocket(`ws://${broker.http}/mqtt`, ["mqtt"]);
    await new Promise((resolve) => socket.once("open", resolve));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.send("a text");
    await closed;
  });

  it("v3.1.1 [MQTT-6.0.0-1] what the server sends comes in binary frames", async () => {
    const client = await broker.dialsWebSocket();
    await client.connects({ version: 4 });
    await client.pings();
  });

  it("v3.1.1 [MQTT-6.0.0-2] a frame may hold several packets, and a packet several frames", async () => {
    const topic = fresh("frames");
    const client = await broker.dialsWebSocket();
    for (const byte of encode(connect({ version: 4 }), 4)) client.sendsBytes(Uint8Array.of(byte));
    client.speaks(4);
    await client.receivesBytes("20 02 00 00");
    await client.subscribes(topic);
    client.sendsBytes(`30 ["${topic}" 'one'] 30 ["${topic}" 'two'] c0`);
    client.sendsBytes("00");
    await client.receives(publish(topic, { payload: "one" }));
    await client.receives(publish(topic, { payload: "two" }));
    await client.receives(pingresp());
  });

  it("v3.1.1 [MQTT-6.0.0-4] the server selects the sub-protocol mqtt", async () => {
    const socket = new WebSocket(`ws://${broker.http}/mqtt`, ["other", "mqtt"]);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    assert.equal(socket.protocol, "mqtt");
    socket.terminate();
  });

  it("v3.1.1 [MQTT-6.0.0-3] an offer without mqtt is refused", async () => {
    for (const offer of [["other"], []]) {
      const socket = new WebSocket(`ws://${broker.http}/mqtt`, offer);
      const refused = await new Promise((resolve) => {
        socket.once("open", () => resolve(false)).once("error", () => resolve(true));
      });
      assert.ok(refused, `offered ${offer}`);
    }
  });

  it("v3.1 has the sub-protocol mqttv3.1", async () => {
    const client = await broker.dialsWebSocket("mqttv3.1");
    await client.connects({ version: 3 });
    await client.pings();
  });
});
