/** The contract of `src/transport/listener.ts`, over every adapter. */

import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { tcpAdapter } from "../tcp/adapter.ts";
import { tlsAdapter } from "../tls/adapter.ts";
import { webSocketAdapter } from "../websocket/adapter.ts";
import type { BytePeer } from "./byte_peer.ts";
import { type DrivenLink, LinkTaker } from "./driven_link.ts";
import type { LinkAdapter, ListeningAdapter } from "./link_adapter.ts";

const adapters: readonly LinkAdapter[] = [tcpAdapter, tlsAdapter, webSocketAdapter];

/** More than the buffers of two sockets can swallow. */
const FLOOD_BYTES = 16 * 1024 * 1024;

/** Bytes that differ from their neighbours, so that a shift or a repetition shows. */
function pattern(count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  for (let index = 0; index < count; index++) bytes[index] = index * 31 + (index >> 8);
  return bytes;
}

/** `deepEqual`, for bytes by the megabyte. */
function assertSameBytes(actual: Uint8Array, expected: Uint8Array): void {
  assert.ok(Buffer.from(actual).equals(expected), "the bytes differ");
}

for (const adapter of adapters) {
  describe(`Link over ${adapter.name ?? adapter.carrier}`, () => {
    let taker: LinkTaker;
    let listening: ListeningAdapter;
    let peers: BytePeer[];

    beforeEach(async () => {
      taker = new LinkTaker();
      listening = await adapter.listen(taker.accept);
      peers = [];
    });

    afterEach(async () => {
      for (const peer of peers) peer.cut();
      await listening.close();
    });

    async function connect(): Promise<[DrivenLink, BytePeer]> {
      const [link, peer] = await Promise.all([taker.next(), listening.connect()]);
      peers.push(peer);
      return [link, peer];
    }

    /** Lets the listener's loop turn over, as a clock for what must not happen. */
    async function roundTrips(count: number): Promise<void> {
      const [link, peer] = await connect();
      for (let trip = 0; trip < count; trip++) {
        peer.send(pattern(1000));
        await link.writeAll(await link.readAll(1000));
        await peer.receive(1000);
      }
    }

    it("peer says who is at the other end", async () => {
      const [{ link }, peer] = await connect();
      const { tls: _, ...bare } = link.peer;
      assert.deepEqual(bare, {
        carrier: adapter.carrier,
        address: "127.0.0.1",
        port: peer.port,
        loopback: true,
      });
    });

    it("read() gives what the peer sent", async () => {
      const [link, peer] = await connect();
      peer.send(pattern(100_000));
      assert.deepEqual(await link.readAll(100_000), pattern(100_000));
    });

    it("read() stays within the lent memory", async () => {
      const [link, peer] = await connect();
      const memory = new Uint8Array(32).fill(0xee);
      peer.send(pattern(100));
      assert.equal(await link.read(memory.subarray(8, 24)), 16);
      assert.deepEqual(memory.subarray(8, 24), pattern(16));
      assert.ok(memory.subarray(0, 8).every((byte) => byte === 0xee), "written before the lent memory");
      assert.ok(memory.subarray(24).every((byte) => byte === 0xee), "written behind the lent memory");
    });

    it("read() gives what came while nothing was lent, in order, in whatever pieces", async () => {
      const [link, peer] = await connect();
      for (let start = 0; start < 300; start += 30) peer.send(pattern(300).slice(start, start + 30));
      await roundTrips(3);
      assert.deepEqual(await link.readAll(300, 7), pattern(300));
    });

    it("read() fills shared memory", async () => {
      const [link, peer] = await connect();
      const shared = new Uint8Array(new SharedArrayBuffer(64)).subarray(16, 48);
      peer.send(pattern(10));
      assert.equal(await link.read(shared), 10);
      assert.deepEqual(Uint8Array.from(shared.subarray(0, 10)), pattern(10));
    });

    it("the peer feels that nothing is read, and loses nothing by it", async () => {
      const [link, peer] = await connect();
      const bytes = pattern(FLOOD_BYTES);
      peer.send(bytes);
      await roundTrips(100);
      assert.ok(peer.unsentBytes > FLOOD_BYTES / 2, `only ${peer.unsentBytes} bytes wait at the peer`);
      assertSameBytes(await link.readAll(FLOOD_BYTES), bytes);
    });

    it("write() gives the peer the bytes", async () => {
      const [link, peer] = await connect();
      await link.writeAll(pattern(100_000));
      assert.deepEqual(await peer.receive(100_000), pattern(100_000));
    });

    it("write() takes shared memory, which is home again once it is answered", async () => {
      const [link, peer] = await connect();
      const shared = new Uint8Array(new SharedArrayBuffer(50_000));
      shared.set(pattern(50_000));
      await link.writeAll(shared);
      shared.fill(0);
      assert.deepEqual(await peer.receive(50_000), pattern(50_000));
    });

    it("write() is answered no earlier than the peer takes the bytes", async () => {
      const [link, peer] = await connect();
      peer.pause();
      let answered = false;
      const bytes = pattern(FLOOD_BYTES);
      const writing = link.writeAll(bytes).then(() => answered = true);
      await roundTrips(100);
      assert.equal(answered, false);
      peer.resume();
      assertSameBytes(await peer.receive(FLOOD_BYTES), bytes);
      await writing;
    });

    it("reads and writes do not wait for each other", async () => {
      const [link, peer] = await connect();
      const reading = link.read(new Uint8Array(10));
      await link.writeAll(pattern(5));
      assert.deepEqual(await peer.receive(5), pattern(5));
      peer.send(pattern(3));
      assert.equal(await reading, 3);
    });

    it("a peer that ends is read to its end first", async () => {
      const [link, peer] = await connect();
      peer.send(pattern(70_000));
      peer.end();
      assert.deepEqual(await link.readAll(70_000, 1000), pattern(70_000));
      assert.equal(await link.read(new Uint8Array(1)), undefined);
      await link.whenReleased;
      assert.deepEqual(link.ends, ["ended", "released"]);
    });

    it("a peer that vanishes ends a pending read", async () => {
      const [link, peer] = await connect();
      const reading = link.read(new Uint8Array(1));
      peer.cut();
      assert.equal(await reading, undefined);
      await link.whenReleased;
      assert.deepEqual(link.ends, ["ended", "released"]);
    });

    it("a peer that vanishes ends a pending write", async () => {
      const [link, peer] = await connect();
      const reading = link.read(new Uint8Array(1));
      peer.pause();
      const writing = link.writeAll(pattern(FLOOD_BYTES)).catch(() => "ended");
      await roundTrips(1);
      peer.cut();
      assert.equal(await reading, undefined);
      assert.equal(await writing, "ended");
      await link.whenReleased;
      assert.deepEqual(link.ends, ["ended", "released"]);
    });

    it("write() to a peer that is gone ends the link", async () => {
      const [link, peer] = await connect();
      peer.cut();
      await peer.ended;
      while (await link.write(pattern(65_536)) !== undefined);
      await link.whenReleased;
      assert.deepEqual(link.ends, ["ended", "released"]);
    });

    it("watch() tells of a peer that goes while nothing is read", async () => {
      for (const go of ["end", "cut"] as const) {
        const [link, peer] = await connect();
        link.link.watch?.();
        peer[go]();
        await link.whenReleased;
        assert.deepEqual(link.ends, ["ended", "released"]);
      }
    });

    it("watch() takes nothing from what is read afterwards, or is being waited for", async () => {
      const [link, peer] = await connect();
      link.link.watch?.();
      const reading = link.readAll(1000);
      peer.send(pattern(1000));
      assert.deepEqual(await reading, pattern(1000));
      link.link.watch?.();
      link.link.watch?.();
      peer.send(pattern(1000));
      await roundTrips(2);
      link.link.watch?.();
      assert.deepEqual(await link.readAll(1000), pattern(1000));
      peer.end();
      assert.equal(await link.read(new Uint8Array(1)), undefined);
    });

    it("close() ends a link that is watched, whether its peer has sent something or not", async () => {
      for (const bytes of [0, 10]) {
        const [link, peer] = await connect();
        link.link.watch?.();
        if (bytes > 0) peer.send(pattern(bytes));
        await roundTrips(2);
        await link.writeAll(pattern(1000));
        link.close();
        assert.deepEqual(await peer.receive(1000), pattern(1000));
        await Promise.all([peer.ended, link.whenReleased]);
        assert.deepEqual(link.ends, ["ended", "released"]);
      }
    });

    it("close() ends the connection and gives a pending read back", async () => {
      const [link, peer] = await connect();
      const reading = link.read(new Uint8Array(1));
      link.close();
      assert.equal(await reading, undefined);
      await Promise.all([peer.ended, link.whenReleased]);
      assert.deepEqual(link.ends, ["ended", "released"]);
    });

    it("close() lets out what was written before", async () => {
      const [link, peer] = await connect();
      await link.writeAll(pattern(1000));
      link.close();
      assert.deepEqual(await peer.receive(1000), pattern(1000));
      await Promise.all([peer.ended, link.whenReleased]);
    });

    it("close() gives a pending write back though the peer reads nothing", async () => {
      const [link, peer] = await connect();
      peer.pause();
      const writing = link.writeAll(pattern(FLOOD_BYTES)).catch(() => "ended");
      await roundTrips(1);
      link.close();
      assert.equal(await writing, "ended");
      await link.whenReleased;
      assert.deepEqual(link.ends, ["ended", "released"]);
    });

    it("close() ends also a link whose peer sends and is not read", async () => {
      const [link, peer] = await connect();
      peer.send(pattern(FLOOD_BYTES));
      await roundTrips(1);
      link.close();
      await Promise.all([peer.ended, link.whenReleased]);
      assert.deepEqual(link.ends, ["ended", "released"]);
    });

    it("close() after close() changes nothing", async () => {
      const [link] = await connect();
      link.close();
      link.close();
      await link.whenReleased;
      assert.deepEqual(link.ends, ["ended", "released"]);
    });

    it("close() after the end changes nothing", async () => {
      const [link, peer] = await connect();
      const reading = link.read(new Uint8Array(1));
      peer.cut();
      assert.equal(await reading, undefined);
      await link.whenReleased;
      link.close();
      await roundTrips(2);
      assert.deepEqual(link.ends, ["ended", "released"]);
    });

    it("a link that the broker refuses is closed", async () => {
      taker.refusing = true;
      const peer = await listening.connect();
      peers.push(peer);
      await peer.ended;
    });
  });
}
