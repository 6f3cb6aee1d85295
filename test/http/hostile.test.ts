/** What a peer can send that is too much, too slow, or no HTTP. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import type { SocketPeer } from "../contract/byte_peer.ts";
import { type HttpWorld, problemOf, receiveResponse, ServedHttp } from "./served.ts";

const POST = "POST /mqtt/messages?topic=a HTTP/1.1\r\nhost: localhost\r\n";

describe("hostile HTTP", () => {
  let http: ServedHttp;

  beforeEach(() => {
    http = new ServedHttp();
  });

  afterEach(async () => {
    await http.stop();
    assert.deepEqual(http.failures, []);
  });

  async function connect(world?: HttpWorld): Promise<SocketPeer> {
    await http.start(world);
    return await http.connect();
  }

  async function assertProblem(peer: SocketPeer, status: number, code: string): Promise<void> {
    const problem = problemOf(await receiveResponse(peer));
    assert.deepEqual([problem.status, problem.code], [status, code]);
    assert.deepEqual(http.published, []);
  }

  it("a body of 100 MB is refused by its announced length, and not taken", async () => {
    const peer = await connect();
    peer.send(`${POST}content-length: 104857600\r\n\r\n`);
    await assertProblem(peer, 413, "payload-too-large");
  });

  it("a body of 100 MB that is sent regardless is told so, and cut off", async () => {
    const peer = await connect();
    peer.send(`${POST}content-length: 104857600\r\n\r\n`);
    peer.send(new Uint8Array(104_857_600));
    await assertProblem(peer, 413, "payload-too-large");
    await peer.ended;
  });

  it("a body in chunks is refused where it becomes too large", async () => {
    const peer = await connect();
    peer.send(`${POST}transfer-encoding: chunked\r\n\r\n`);
    for (let chunk = 0; chunk < 11; chunk++) peer.send(`64\r\n${"x".repeat(100)}\r\n`);
    await assertProblem(peer, 413, "payload-too-large");
  });

  it("a client that waits for 100 Continue is told of its large body first", async () => {
    const peer = await connect();
    peer.send(`${POST}content-length: 104857600\r\nexpect: 100-continue\r\n\r\n`);
    await assertProblem(peer, 413, "payload-too-large");
  });

  it("a client that waits for 100 Continue gets it", async () => {
    const peer = await connect();
    peer.send(`${POST}content-length: 5\r\nexpect: 100-continue\r\n\r\n`);
    assert.equal((await receiveResponse(peer)).status, 100);
    peer.send("hello");
    assert.equal((await receiveResponse(peer)).status, 204);
  });

  it("all bodies together are bounded", async () => {
    await http.start({ bodies: { bodyBytesMax: 1000, bodiesBytesMax: 2000 } });
    const peers = [await http.connect(), await http.connect(), await http.connect()];
    for (const peer of peers) peer.send(`${POST}content-length: 1000\r\n\r\n${"x".repeat(900)}`);
    const busy = await Promise.race(peers.map((peer) => receiveResponse(peer)));
    assert.equal(problemOf(busy).code, "busy");
    assert.equal(busy.headers.get("retry-after"), "1");
    for (const peer of peers) peer.send("x".repeat(100));
    while (http.published.length < 2) await http.request({ target: "/healthz" });
    assert.equal((await http.publish("topic=a", { body: "x".repeat(1000) })).status, 204);
  });

  it("a body that stops coming ends the request", async () => {
    const peer = await connect({
      limits: { headersTimeoutMilliseconds: 100, requestTimeoutMilliseconds: 200 },
    });
    peer.send(`${POST}content-length: 10\r\n\r\nabc`);
    await assertProblem(peer, 408, "request-timeout");
    await peer.ended;
  });

  it("headers that stop coming end the connection", async () => {
    const peer = await connect({ limits: { headersTimeoutMilliseconds: 100 } });
    peer.send(POST);
    await assertProblem(peer, 408, "request-timeout");
    await peer.ended;
  });

  it("a connection that says nothing ends", async () => {
    const peer = await connect({ limits: { headersTimeoutMilliseconds: 100 } });
    await assertProblem(peer, 408, "request-timeout");
    await peer.ended;
  });

  it("a peer that leaves within its body publishes nothing", async () => {
    const peer = await connect();
    peer.send(`${POST}content-length: 10\r\n\r\nabc`);
    peer.cut();
    await peer.ended;
    assert.equal((await http.request({ target: "/healthz" })).status, 200);
    assert.deepEqual(http.published, []);
  });

  it("headers of 70 KB are refused", async () => {
    const peer = await connect();
    peer.send(`${POST}x: ${"a".repeat(70_000)}\r\n\r\n`);
    await assertProblem(peer, 431, "headers-too-large");
  });

  for (
    const [name, bytes] of [
      ["no HTTP", "\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00"],
      ["both a length and chunks", `${POST}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
      ["two lengths", `${POST}content-length: 5\r\ncontent-length: 6\r\n\r\nhello!`],
      ["a length that is none", `${POST}content-length: 5x\r\n\r\nhello`],
      ["a header name with a space", `${POST}mqtt-qos : 0\r\n\r\n`],
      ["a line break within a header", `${POST}mqtt-response-topic: a\rb\r\n\r\n`],
      ["NUL within a header", `${POST}content-type: a\0b\r\n\r\n`],
    ] as const
  ) {
    it(`${name} is answered with 400`, async () => {
      const peer = await connect();
      peer.send(Buffer.from(bytes, "latin1"));
      await assertProblem(peer, 400, "request-invalid");
      await peer.ended;
    });
  }

  it("a header that was smuggled into another is part of that other", async () => {
    await http.start();
    const response = await http.publish("topic=a%0d%0aset-cookie:%20x=1");
    assert.equal(problemOf(response).code, "topic-invalid");
    assert.equal(response.headers.has("set-cookie"), false);
  });

  it("a host that is none is refused", async () => {
    const peer = await connect();
    peer.send("GET /healthz HTTP/1.1\r\nhost: a/b@c\r\n\r\n");
    await assertProblem(peer, 400, "request-invalid");
  });

  it("a connection over the cap is told to come later", async () => {
    await http.start({ limits: { connectionsMax: 1 } });
    await http.connect();
    const peer = await http.connect();
    peer.send(`${POST}content-length: 5\r\n\r\nhello`);
    await assertProblem(peer, 503, "busy");
    await peer.ended;
    assert.deepEqual(http.published, []);
  });
});
