/** HTTP and WebSocket over TLS: the same listener as without, with the bounds of a TLS one. */

import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { Hono } from "hono";
import type { HttpEnvironment } from "../../src/http/environment.ts";
import {
  HTTP_SERVER_LIMITS,
  type HttpListening,
  type HttpServerLimits,
  listenHttp,
} from "../../src/http/server.ts";
import { Certificates } from "../../src/transport/certificates.ts";
import {
  HANDSHAKE_LIMITS,
  HandshakeGuard,
  type HandshakeLimits,
} from "../../src/transport/tls/handshake_guard.ts";
import { peerTlsOf } from "../../src/transport/tls/peer.ts";
import { TlsSecurity } from "../../src/transport/tls/security.ts";
import { webSocketUpgrade } from "../../src/transport/websocket/upgrade.ts";
import { SocketPeer } from "../contract/byte_peer.ts";
import { LinkTaker } from "../contract/driven_link.ts";
import { makeCertificate } from "../identity/certificates.ts";
import { readResponse } from "../websocket/raw_web_socket.ts";
import { serverCertificate, ServerFiles } from "./adapter.ts";
import { TlsPeer, type TlsPeerOptions } from "./tls_peer.ts";

/** The opening handshake of RFC 6455 §1.2. */
const UPGRADE = "GET /mqtt HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n" +
  "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: mqtt\r\n\r\n";

describe("HTTPS", () => {
  let files: ServerFiles;
  let certificates: Certificates;
  let guard: HandshakeGuard;
  let listening: HttpListening;
  let taker: LinkTaker;
  let peers: { cut(): void }[];

  beforeEach(async () => {
    files = await ServerFiles.make();
    taker = new LinkTaker();
    peers = [];
  });

  afterEach(async () => {
    for (const peer of peers) peer.cut();
    certificates.stop();
    await listening.close();
    await files[Symbol.asyncDispose]();
  });

  async function start(
    limits: Partial<HttpServerLimits> = {},
    handshakes: Partial<HandshakeLimits> = {},
  ): Promise<void> {
    certificates = await Certificates.load(files.files, { onWarning: assert.fail });
    guard = new HandshakeGuard({ ...HANDSHAKE_LIMITS, ...handshakes });
    const app = new Hono<HttpEnvironment>();
    app.get("/", (context) => context.text(`over ${new URL(context.req.url).protocol}`));
    // Asks for the body and reads nothing of it.
    app.post("/deaf", () => new Promise<Response>(() => {}));
    const upgrade = webSocketUpgrade(taker.accept);
    listening = await listenHttp({
      host: "127.0.0.1",
      port: 0,
      app,
      rules: { anonymous: () => "on", allowedOrigins: [] },
      // As the entry does it.
      upgrade: (request, socket, head, from) => {
        const tls = peerTlsOf(socket);
        return upgrade(request, socket, head, { ...from, ...tls === undefined ? {} : { tls } });
      },
      limits: { ...HTTP_SERVER_LIMITS, ...limits },
      secure: new TlsSecurity(certificates, { guard }),
      onWarning: assert.fail,
    });
  }

  async function connect(options: TlsPeerOptions = {}): Promise<TlsPeer> {
    const peer = await TlsPeer.connect(listening.port, options);
    peers.push(peer);
    return peer;
  }

  async function get(peer: TlsPeer): Promise<{ status: number; body: string }> {
    peer.send(Buffer.from("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"));
    return await readResponse((count) => peer.receive(count));
  }

  async function upgrade(peer: TlsPeer): Promise<void> {
    peer.send(Buffer.from(UPGRADE));
    assert.equal((await readResponse((count) => peer.receive(count))).status, 101);
  }

  it("says what it is, and answers over TLS", async () => {
    await start();
    assert.equal(listening.protocol, "https");
    const { status, body } = await get(await connect());
    assert.deepEqual([status, body], [200, "over https:"]);
  });

  it("upgrades to MQTT over WebSocket, and tells of the client's certificate", async () => {
    await start();
    const leaf = makeCertificate();
    const peer = await connect({ chain: [leaf] });
    const [link] = await Promise.all([taker.next(), upgrade(peer)]);
    const { carrier, tls } = link.link.peer;
    assert.equal(carrier, "websocket");
    assert.deepEqual(tls?.certificates.map((der) => Buffer.from(der)), [leaf.der]);
    await link.writeAll(Buffer.from("hello"));
    assert.deepEqual([...await peer.receive(7)], [0x82, 5, ...Buffer.from("hello")]);
  });

  it("speaks HTTP/1.1 to whoever can, and nothing to whoever wants only something else", async () => {
    await start();
    const browser = await connect({ protocols: ["h2", "http/1.1"] });
    assert.equal(browser.socket.alpnProtocol, "http/1.1");
    assert.equal((await get(browser)).status, 200);
    await assert.rejects(connect({ protocols: ["mqtt"] }), /ended the handshake/);
  });

  it("does not take in what floods a WebSocket that is not read", async () => {
    await start();
    const peer = await connect();
    const [link] = await Promise.all([taker.next(), upgrade(peer)]);
    const frame = Buffer.concat([Buffer.of(0x82, 0xfe, 0x40, 0, 0, 0, 0, 0), Buffer.alloc(16_384)]);
    // Accepted, so that the bound of strangers is not what stops it.
    await link.writeAll(Buffer.of(0x20, 2, 0, 0));
    peer.send(Buffer.concat(Array.from({ length: 2000 }, () => frame)));
    for (let turns = 0; turns < 20; turns++) await get(await connect());
    assert.ok(peer.unsentBytes > 16_000_000, `only ${peer.unsentBytes} bytes wait at the peer`);
    assert.equal((await link.readAll(2000 * 16_384)).length, 2000 * 16_384);
  });

  it("does not take in a body that nobody reads", async () => {
    await start();
    const peer = await connect();
    peer.send(Buffer.from("POST /deaf HTTP/1.1\r\nhost: localhost\r\ncontent-length: 32000000\r\n\r\n"));
    peer.send(Buffer.alloc(32_000_000));
    for (let turns = 0; turns < 20; turns++) await get(await connect());
    assert.ok(peer.unsentBytes > 16_000_000, `only ${peer.unsentBytes} bytes wait at the peer`);
  });

  it("tells a connection beyond the most so", async () => {
    await start({ connectionsMax: 2 });
    const [first] = await Promise.all([connect(), connect()]);
    const third = await connect();
    assert.equal((await readResponse((count) => third.receive(count))).status, 503);
    await third.ended;
    assert.equal((await get(first)).status, 200);
  });

  it("cuts handshakes that stall, and peers that speak no TLS", async () => {
    await start({}, { timeoutMilliseconds: 50 });
    const stalled = await SocketPeer.connect(listening.port);
    await stalled.ended;
    const plain = await SocketPeer.connect(listening.port);
    plain.send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
    await plain.ended;
    assert.equal(guard.underWay, 0);
  });

  it("cuts a request whose headers drip", async () => {
    await start({ headersTimeoutMilliseconds: 100 });
    const peer = await connect();
    peer.send(Buffer.from("GET / HTTP/1.1\r\n"));
    assert.equal((await readResponse((count) => peer.receive(count))).status, 408);
    await peer.ended;
  });

  it("shows a new certificate once it has one", async () => {
    await start();
    const next = serverCertificate("renewed");
    await files.write(next);
    await certificates.reload();
    const peer = await connect();
    assert.deepEqual(Buffer.from(peer.socket.getPeerCertificate().raw), next.der);
  });
});
