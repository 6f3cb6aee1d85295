/** What a peer gets before its handshake is done, and how slow it may be. */

import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { SocketPeer } from "../contract/byte_peer.ts";
import { LinkTaker } from "../contract/driven_link.ts";
import { TlsListening, type TlsWorld } from "./adapter.ts";
import { forge } from "./forging_client.ts";
import { TlsPeer } from "./tls_peer.ts";

describe("TLS handshakes", () => {
  let taker: LinkTaker;
  let listening: TlsListening;
  let peers: { cut(): void }[];
  /** Reasons of handshakes that failed, as they are told. */
  let failures: string[];

  beforeEach(() => {
    taker = new LinkTaker();
    peers = [];
    failures = [];
  });

  afterEach(async () => {
    for (const peer of peers) peer.cut();
    await listening.close();
  });

  async function start(limits: NonNullable<TlsWorld["limits"]> = {}): Promise<void> {
    listening = await TlsListening.start(taker.accept, {
      limits,
      onHandshakeFailed: (_, reason) => failures.push(reason),
    });
  }

  /** A peer that connects and says nothing. */
  async function stall(host?: string): Promise<SocketPeer> {
    const peer = await SocketPeer.connect(listening.port, host);
    peers.push(peer);
    return peer;
  }

  async function connect(): Promise<TlsPeer> {
    const [peer] = await Promise.all([TlsPeer.connect(listening.port), taker.next()]);
    peers.push(peer);
    return peer;
  }

  /** Waits until the listener has seen that so many handshakes are under way. */
  async function underWay(count: number): Promise<void> {
    while (listening.guard.underWay !== count) await new Promise((resolve) => setImmediate(resolve));
  }

  it("that never begin are cut when their time is over", async () => {
    await start({ timeoutMilliseconds: 50 });
    const stalled = await Promise.all(Array.from({ length: 20 }, () => stall()));
    await Promise.all(stalled.map(({ ended }) => ended));
    assert.equal(listening.guard.underWay, 0);
    await connect();
  });

  it("that drip are cut when their time is over", async () => {
    await start({ timeoutMilliseconds: 100 });
    const peer = await stall();
    // The header of a record of 512 bytes, and then one byte after the other.
    peer.send(Buffer.of(22, 3, 1, 2, 0, 1, 0, 1, 0xfc));
    const timer = setInterval(() => peer.send(Buffer.of(0)), 5);
    await peer.ended;
    clearInterval(timer);
    await connect();
  });

  it("that are done are left alone by the time", async () => {
    await start({ timeoutMilliseconds: 50 });
    const [link, peer] = await Promise.all([taker.next(), TlsPeer.connect(listening.port)]);
    peers.push(peer);
    await (await stall()).ended;
    peer.send(Buffer.of(1));
    assert.equal(await link.read(new Uint8Array(1)), 1);
  });

  it("beyond the most for one address are refused while the others are young, and others' go on", async () => {
    await start({ perAddressMax: 4, underWayMax: 100, restMilliseconds: 60_000 });
    const first = await Promise.all(Array.from({ length: 4 }, () => stall("127.0.0.1")));
    const fifth = await stall();
    await fifth.ended;
    assert.ok(first.every(({ socket }) => !socket.destroyed));
    assert.equal(listening.guard.underWay, 4);
    first[0]?.cut();
    await first[0]?.ended;
    await underWay(3);
    await connect();
  });

  it("beyond the most of all end the oldest that has had its time", async () => {
    await start({ underWayMax: 8, perAddressMax: 100, restMilliseconds: 0 });
    const stalled: SocketPeer[] = [];
    for (let count = 0; count < 8; count++) stalled.push(await stall());
    const flood = await Promise.all(Array.from({ length: 100 }, () => stall()));
    await Promise.all(stalled.map(({ ended }) => ended));
    assert.ok(listening.guard.underWay <= 8);
    await connect();
    assert.ok(flood.some(({ socket }) => !socket.destroyed));
  });

  it("by the thousand that stall keep nobody out once they have had their time", async () => {
    await start({ underWayMax: 64, perAddressMax: 64, restMilliseconds: 0, timeoutMilliseconds: 60_000 });
    for (let round = 0; round < 10; round++) {
      await Promise.all(Array.from({ length: 100 }, () => stall()));
      await connect();
      assert.ok(listening.guard.underWay <= 64);
    }
  });

  it("that fail are forgotten, and told", async () => {
    await start();
    for (
      const bytes of [
        Buffer.from("GET / HTTP/1.1\r\n\r\n"),
        Buffer.of(0x10, 12, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, 0),
      ]
    ) {
      const peer = await stall();
      peer.send(bytes);
      await peer.ended;
    }
    assert.equal(failures.length, 2);
    assert.equal(listening.guard.underWay, 0);
  });

  it("that a peer gives up half-way are forgotten", async () => {
    await start();
    for (let count = 0; count < 10; count++) {
      const peer = await stall();
      peer.send(Buffer.of(22, 3, 1, 2, 0, 1));
      if (count % 2 === 0) peer.cut();
      else peer.end();
      await peer.ended;
    }
    await underWay(0);
  });

  it("under way end with the listener, and links do not", async () => {
    await start();
    const stalled = await stall();
    const [link, peer] = await Promise.all([taker.next(), TlsPeer.connect(listening.port)]);
    peers.push(peer);
    await listening.listener.close();
    await stalled.ended;
    peer.send(Buffer.of(7));
    assert.equal(await link.read(new Uint8Array(1)), 1);
    await assert.rejects(SocketPeer.connect(listening.port));
  });

  it("of an older TLS, or with weaker suites, come to nothing", async () => {
    await start();
    // A ClientHello of TLS 1.2 that offers only TLS_RSA_WITH_AES_128_CBC_SHA, and one of TLS 1.1 with the same.
    for (const version of [3, 2]) {
      const body = Buffer.concat([
        Buffer.of(3, version),
        Buffer.alloc(32, 7),
        Buffer.of(0, 0, 2, 0, 0x2f, 1, 0),
      ]);
      const hello = Buffer.concat([Buffer.of(1, 0, 0, body.length), body]);
      const peer = await stall();
      peer.send(Buffer.concat([Buffer.of(22, 3, 1, 0, hello.length), hello]));
      await peer.ended;
    }
    assert.equal(failures.length, 2);
  });

  it("give forward secrecy and authenticated encryption", async () => {
    await start();
    assert.match((await connect()).socket.getCipher().name, /^TLS_(AES|CHACHA20)/);
  });

  it("done, records may come byte by byte, and cost no more than one record", async () => {
    await start();
    const forged = await forge(listening.port, { chain: [] });
    assert.ok(forged !== undefined);
    peers.push(forged.peer);
    const link = await taker.next();
    const content = Buffer.alloc(500, 3);
    const reading = link.readAll(500);
    for (const byte of forged.record(content)) {
      forged.peer.send(Buffer.of(byte));
      // Sends each byte as a segment of its own.
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(Buffer.from(await reading), content);
  });

  it("done, a record that was tampered with ends the link", async () => {
    await start();
    const forged = await forge(listening.port, { chain: [] });
    assert.ok(forged !== undefined);
    peers.push(forged.peer);
    const link = await taker.next();
    const reading = link.read(new Uint8Array(10));
    const record = forged.record(Buffer.from("hello"));
    record[record.length - 1] = (record.at(-1) ?? 0) ^ 1;
    forged.peer.send(record);
    assert.equal(await reading, undefined);
    await link.whenReleased;
    assert.deepEqual(link.ends, ["ended", "released"]);
  });

  it("done, a peer that floods and is not read is not taken in", async () => {
    await start();
    const forged = await forge(listening.port, { chain: [] });
    assert.ok(forged !== undefined);
    peers.push(forged.peer);
    const link = await taker.next();
    const records = Array.from({ length: 2000 }, () => forged.record(Buffer.alloc(16_000)));
    forged.peer.send(Buffer.concat(records));
    for (let turns = 0; turns < 20; turns++) await connect();
    assert.ok(forged.peer.unsentBytes > 16_000_000, `only ${forged.peer.unsentBytes} bytes wait at the peer`);
    assert.equal((await link.readAll(32_000_000)).length, 32_000_000);
  });
});
