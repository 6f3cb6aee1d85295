/** How an HTTP listener begins and ends. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { receiveResponse, ServedHttp } from "./served.ts";

describe("HTTP listener", () => {
  let http: ServedHttp;

  beforeEach(async () => {
    http = new ServedHttp();
    await http.start();
  });

  afterEach(async () => {
    await http.stop();
  });

  it("says where it listens", () => {
    const { protocol, address, port } = http.listening;
    assert.deepEqual([protocol, address], ["http", "127.0.0.1"]);
    assert.ok(port > 0);
  });

  it("fails with the system's code where the port is taken", async () => {
    const { createServer } = await import("node:net");
    const { listenHttp, HTTP_SERVER_LIMITS } = await import("../../src/http/server.ts");
    const { Hono } = await import("hono");
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const address = taken.address();
    assert.ok(address !== null && typeof address === "object");
    const listening = listenHttp({
      host: "127.0.0.1",
      port: address.port,
      app: new Hono(),
      rules: { anonymous: () => "off", allowedOrigins: [] },
      upgrade: () => undefined,
      limits: HTTP_SERVER_LIMITS,
      onWarning: () => {},
    });
    await assert.rejects(listening, { code: "EADDRINUSE" });
    await new Promise((resolve) => taken.close(resolve));
  });

  it("close() ends idle connections and takes no new ones", async () => {
    const idle = await http.connect();
    idle.send(http.bytesOf({ target: "/healthz" }));
    await receiveResponse(idle);
    await http.listening.close();
    await idle.ended;
    await assert.rejects(http.connect());
  });

  it("close() lets a request finish that is under way, and then its connection", async () => {
    let settle!: (reason: number) => void;
    http.answer = () => new Promise((resolve) => settle = resolve);
    const peer = await http.connect();
    peer.send(http.bytesOf({ method: "POST", target: "/mqtt/messages?topic=a", body: "x" }));
    while (http.published.length === 0) await http.request({ target: "/healthz" });
    const closing = http.listening.close();
    settle(0);
    const response = await receiveResponse(peer);
    assert.deepEqual([response.status, response.headers.get("connection")], [204, "close"]);
    await Promise.all([closing, peer.ended]);
  });

  it("close() lets a request finish that has only begun to arrive", async () => {
    const peer = await http.connect();
    const bytes = http.bytesOf({ target: "/healthz" });
    peer.send(bytes.subarray(0, 10));
    await http.request({ target: "/healthz" });
    await http.listening.close();
    peer.send(bytes.subarray(10));
    const response = await receiveResponse(peer);
    assert.deepEqual([response.status, response.headers.get("connection")], [200, "close"]);
    await peer.ended;
  });

  it("a peer that leaves before its answer harms nobody", async () => {
    let settle!: (reason: number) => void;
    http.answer = () => new Promise((resolve) => settle = resolve);
    const peer = await http.connect();
    peer.send(http.bytesOf({ method: "POST", target: "/mqtt/messages?topic=a", body: "x" }));
    while (http.published.length === 0) await http.request({ target: "/healthz" });
    peer.cut();
    await peer.ended;
    await http.request({ target: "/healthz" });
    settle(0);
    assert.equal((await http.request({ target: "/healthz" })).status, 200);
    assert.deepEqual(http.failures, []);
  });

  it("close() cuts a request that does not finish in time", async () => {
    await http.stop();
    await http.start({ limits: { closeTimeoutMilliseconds: 100 } });
    http.answer = () => new Promise(() => {});
    const peer = await http.connect();
    peer.send(http.bytesOf({ method: "POST", target: "/mqtt/messages?topic=a", body: "x" }));
    while (http.published.length === 0) await http.request({ target: "/healthz" });
    await Promise.all([http.listening.close(), peer.ended]);
  });

  it("close() twice is once", async () => {
    await Promise.all([http.listening.close(), http.listening.close()]);
  });
});
