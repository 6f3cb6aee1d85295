/** Which upgrade requests become a link, and what the others are told. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import type { HttpListening } from "../../src/http/server.ts";
import { LinkTaker } from "../contract/driven_link.ts";
import { listenWebSocket, type WebSocketWorld } from "./adapter.ts";
import { ACCEPT_OF_KEY, RawWebSocket, type UpgradeHeaders } from "./raw_web_socket.ts";

describe("upgrade", () => {
  let listening: HttpListening | undefined;
  let clients: RawWebSocket[];

  beforeEach(() => {
    clients = [];
  });

  afterEach(async () => {
    for (const client of clients) client.socket.cut();
    await listening?.close();
    listening = undefined;
  });

  async function open(headers: UpgradeHeaders, world: WebSocketWorld = {}, target = "/mqtt") {
    listening ??= await listenWebSocket(new LinkTaker().accept, world);
    const client = await RawWebSocket.open(listening.port, headers, target);
    clients.push(client);
    return client.response;
  }

  async function assertRefused(
    headers: UpgradeHeaders,
    expected: { status: number; code: string },
    world?: WebSocketWorld,
    target?: string,
  ): Promise<void> {
    const response = await open(headers, world, target);
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    assert.equal(response.headers.get("connection"), "close");
    const { status, code } = JSON.parse(response.body);
    assert.deepEqual({ status: response.status, code }, expected);
    assert.equal(status, response.status);
    await clients.at(-1)?.socket.ended;
  }

  it("answers 101 with the key's digest", async () => {
    const { status, headers } = await open({});
    assert.equal(status, 101);
    assert.equal(headers.get("sec-websocket-accept"), ACCEPT_OF_KEY);
  });

  for (
    const [offered, selected] of [
      ["mqtt", "mqtt"],
      ["mqttv3.1", "mqttv3.1"],
      ["mqttv3.1, mqtt", "mqtt"],
      ["chat, mqtt", "mqtt"],
    ] as const
  ) {
    it(`v5 [MQTT-6.0.0-4] selects ${selected} of ${offered}`, async () => {
      const { status, headers } = await open({ "sec-websocket-protocol": offered });
      assert.equal(status, 101);
      assert.equal(headers.get("sec-websocket-protocol"), selected);
    });
  }

  for (const offered of [undefined, "chat", "MQTT", "mqttv5"]) {
    it(`v5 [MQTT-6.0.0-3] refuses a client that offers ${offered ?? "no sub-protocol"}`, async () => {
      await assertRefused(
        { "sec-websocket-protocol": offered },
        { status: 400, code: "websocket-subprotocol-missing" },
      );
    });
  }

  it("agrees on no compression", async () => {
    const { headers } = await open({ "sec-websocket-extensions": "permessage-deflate" });
    assert.equal(headers.has("sec-websocket-extensions"), false);
  });

  it("refuses another path", async () => {
    await assertRefused({}, { status: 404, code: "not-found" }, {}, "/chat");
  });

  it("lets a query follow the path", async () => {
    assert.equal((await open({}, {}, "/mqtt?client=1")).status, 101);
  });

  for (
    const [name, headers] of [
      ["a version that is unknown", { "sec-websocket-version": "7" }],
      ["no key", { "sec-websocket-key": undefined }],
      ["a key that is none", { "sec-websocket-key": "short" }],
    ] as const
  ) {
    it(`refuses a handshake with ${name}`, async () => {
      await assertRefused(headers, { status: 400, code: "websocket-handshake-invalid" });
    });
  }

  for (
    const origin of [
      "http://localhost:3000",
      "https://127.0.0.1",
      "http://127.9.9.9:1",
      "http://[::1]:8080",
    ]
  ) {
    it(`takes a page of ${origin}`, async () => {
      assert.equal((await open({ origin })).status, 101);
    });
  }

  for (
    const origin of [
      "https://evil.example",
      "http://localhost.evil.example",
      "http://127.0.0.1.evil.example",
      "null",
      "file://",
      "http://128.0.0.1",
    ]
  ) {
    it(`refuses a page of ${origin}`, async () => {
      await assertRefused({ origin }, { status: 403, code: "origin-refused" });
    });
  }

  it("takes a page of a configured host, on any port", async () => {
    const world: WebSocketWorld = { allowedOrigins: ["console.example.com"] };
    assert.equal((await open({ origin: "https://console.example.com:8443" }, world)).status, 101);
  });

  for (const host of ["localhost", "LOCALHOST:8080", "[::1]:8080", "127.0.0.1"]) {
    it(`takes the host ${host}`, async () => {
      assert.equal((await open({ host })).status, 101);
    });
  }

  for (
    const host of ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example:1"]
  ) {
    it(`refuses the host ${host}: its name was made to resolve to this machine`, async () => {
      await assertRefused({ host }, { status: 403, code: "host-refused" });
    });
  }

  it("lets every page and host in where anonymous clients get nothing", async () => {
    const foreign = { origin: "https://evil.example", host: "broker.example" };
    assert.equal((await open(foreign, { anonymous: "off" })).status, 101);
  });

  it("tells a connection over the cap to come later", async () => {
    listening = await listenWebSocket(new LinkTaker().accept, { connectionsMax: 2 });
    await open({});
    await open({});
    await assertRefused({}, { status: 503, code: "busy" });
    assert.equal(clients.at(-1)?.response.headers.get("retry-after"), "1");
  });

  it("hears a refused client out, and is rid of it as soon as it leaves", async () => {
    const world: WebSocketWorld = { connectionsMax: 1 };
    await open({}, world, "/elsewhere");
    clients[0]?.socket.send(new Uint8Array(1_000_000));
    clients[0]?.socket.end();
    await clients[0]?.socket.ended;
    // Its place is free again before the time is up that it could linger; the loop only has to turn over.
    let { status } = await open({});
    for (let attempt = 0; attempt < 20 && status !== 101; attempt++) ({ status } = await open({}));
    assert.equal(status, 101);
  });

  it("understands a client that is not ours", async () => {
    const taker = new LinkTaker();
    listening = await listenWebSocket(taker.accept);
    const client = new WebSocket(`ws://127.0.0.1:${listening.port}/mqtt`, ["mqttv3.1", "mqtt"]);
    client.binaryType = "arraybuffer";
    await new Promise((resolve) => client.onopen = resolve);
    assert.equal(client.protocol, "mqtt");
    const link = await taker.next();
    const answer = new Promise<MessageEvent<ArrayBuffer>>((resolve) => client.onmessage = resolve);
    client.send(new Uint8Array(70_000).fill(4));
    await link.writeAll(await link.readAll(70_000));
    assert.deepEqual(new Uint8Array((await answer).data), new Uint8Array(70_000).fill(4));
    const closed = new Promise<CloseEvent>((resolve) => client.onclose = resolve);
    link.close();
    const { code, wasClean } = await closed;
    assert.deepEqual([code, wasClean], [1000, true]);
  });

  it("keeps links open when the listener closes", async () => {
    const taker = new LinkTaker();
    listening = await listenWebSocket(taker.accept);
    const { port } = listening;
    const [link, client] = await Promise.all([taker.next(), RawWebSocket.open(port)]);
    clients.push(client);
    await listening.close();
    client.send(Uint8Array.of(1, 2, 3));
    assert.deepEqual(await link.readAll(3), Uint8Array.of(1, 2, 3));
    await assert.rejects(RawWebSocket.open(port));
  });
});
