import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { connect, describe, encode, fresh, it, pingresp, publish, useBroker } from "../../dialogue/mod.ts";

describe("MQTT 5 §4.2 network connections, §6 WebSocket", () => {
  const broker = useBroker();

  it("v5 [MQTT-4.2-1] TCP and WebSocket carry the same conversation", async () => {
    const topic = fresh("both");
    const [tcp, web] = [await broker.joins(), await broker.dialsWebSocket()];
    await web.connects();
    await web.subscribes(topic, { qos: 2 });
    await tcp.publishes(topic, { qos: 2, payload: "x".repeat(100_000) });
    await web.takes(publish(topic, { qos: 2, payload: "x".repeat(100_000) }));
  });

  it("v5 [MQTT-6.0.0-1] a text frame closes the connection", async () => {
    const socket = new WebSocket(`ws://${broker.http}/mqtt`, ["mqtt"]);
    await new Promise((resolve) => socket.once("open", resolve));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.send("a text");
    await closed;
  });

  it("v5 [MQTT-6.0.0-1] a text frame closes a connection with a session too, and publishes its will", async () => {
    const topic = fresh("will");
    const watcher = await broker.joins();
    await watcher.subscribes(topic);
    const socket = new WebSocket(`ws://${broker.http}/mqtt`, ["mqtt"]);
    await new Promise((resolve) => socket.once("open", resolve));
    const answered = new Promise((resolve) => socket.once("message", resolve));
    socket.send(encode(connect({ will: { topic } }), 5));
    await answered;
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.send("a text");
    await closed;
    await watcher.receives(publish(topic));
  });

  it("v5 [MQTT-6.0.0-2] a frame may hold several packets, and a packet several frames", async () => {
    const topic = fresh("frames");
    const client = await broker.dialsWebSocket();
    for (const byte of encode(connect(), 5)) client.sendsBytes(Uint8Array.of(byte));
    await client.hears("connack");
    await client.subscribes(topic);
    client.sendsBytes(`30 ["${topic}" [] 'one'] 30 ["${topic}" [] 'two'] c0`);
    client.sendsBytes("00");
    await client.receives(publish(topic, { payload: "one" }));
    await client.receives(publish(topic, { payload: "two" }));
    await client.receives(pingresp());
  });

  it("v5 [MQTT-6.0.0-3] an offer without mqtt is refused", async () => {
    for (const offer of [["other"], []]) {
      const socket = new WebSocket(`ws://${broker.http}/mqtt`, offer);
      const refused = await new Promise((resolve) => {
        socket.once("open", () => resolve(false)).once("error", () => resolve(true));
      });
      assert.ok(refused, `offered ${offer}`);
    }
  });

  it("v5 [MQTT-6.0.0-4] the server selects the sub-protocol mqtt", async () => {
    const socket = new WebSocket(`ws://${broker.http}/mqtt`, ["other", "mqtt"]);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    assert.equal(socket.protocol, "mqtt");
    socket.terminate();
  });
});
