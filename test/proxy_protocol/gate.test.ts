/** Connections through a proxy, over real sockets, on listeners of all kinds. */

import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { type AddressInfo, createServer } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { type AddressRange, parseAddressRange } from "../../src/config/address_range.ts";
import type { Listener } from "../../src/transport/listener.ts";
import {
  PROXY_GATE_LIMITS,
  ProxyGate,
  type ProxyGateLimits,
} from "../../src/transport/proxy_protocol/gate.ts";
import { listenTcp } from "../../src/transport/tcp/listen.ts";
import { SocketPeer } from "../contract/byte_peer.ts";
import { type DrivenLink, LinkTaker } from "../contract/driven_link.ts";
import { TlsListening } from "../tls/adapter.ts";
import { ipv4, ipv6, version1, version2 } from "./headers.ts";

/** A listener behind a gate, and how its clients begin to speak once the header is sent. */
interface Kind {
  readonly name: string;
  start(gate: ProxyGate, taker: LinkTaker): Promise<{ readonly port: number; close(): Promise<void> }>;
  /** The bytes `hello` as a client says them behind the header. */
  greet(peer: SocketPeer, header: Uint8Array): Promise<void>;
}

const HELLO = Buffer.from("hello");

const kinds: readonly Kind[] = [
  {
    name: "TCP",
    start(front, { accept }) {
      const listener: Listener = listenTcp({
        host: "127.0.0.1",
        port: 0,
        accept,
        front,
        onWarning: assert.fail,
      });
      return Promise.resolve(listener);
    },
    greet(peer, header) {
      peer.send(Buffer.concat([header, HELLO]));
      return Promise.resolve();
    },
  },
  {
    name: "TLS",
    start: (front, { accept }) => TlsListening.start(accept, { front }),
    async greet(peer, header) {
      const socket = await secured(peer, header);
      socket.write(HELLO);
    },
  },
];

/** A TLS client whose first record comes in one segment with the header: its proxy waits for it before it connects. */
async function secured({ socket: behind }: SocketPeer, header: Uint8Array): Promise<TLSSocket> {
  behind.removeAllListeners("data");
  const proxy = createServer((client) => {
    client.once("data", (first) => {
      behind.write(Buffer.concat([header, Buffer.from(first)]));
      client.pipe(behind).pipe(client);
    });
    client.on("error", () => {});
    proxy.close();
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.address() as AddressInfo;
  const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false, servername: "localhost" });
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("secureConnect", resolve));
  return socket;
}

for (const kind of kinds) {
  describe(`a listener of ${kind.name} behind a proxy`, () => {
    let taker: LinkTaker;
    let listening: { readonly port: number; close(): Promise<void> };
    let peers: SocketPeer[];
    let refusals: Queue<readonly [address: string, reason: string]>;

    beforeEach(() => {
      taker = new LinkTaker();
      peers = [];
      refusals = new Queue();
    });

    afterEach(async () => {
      for (const peer of peers) peer.cut();
      await listening.close();
    });

    async function start(limits: Partial<ProxyGateLimits> = {}, from = "127.0.0.0/8"): Promise<void> {
      const gate = new ProxyGate({
        from: [rangeOf(from)],
        limits: { ...PROXY_GATE_LIMITS, ...limits },
        onRefused: (address, reason) => refusals.push([address, reason]),
      });
      listening = await kind.start(gate, taker);
    }

    async function dial(): Promise<SocketPeer> {
      const peer = await SocketPeer.connect(listening.port);
      peers.push(peer);
      return peer;
    }

    async function connect(header: Uint8Array): Promise<DrivenLink> {
      const peer = await dial();
      const [link] = await Promise.all([taker.next(), kind.greet(peer, header)]);
      return link;
    }

    const origins: Readonly<Record<string, readonly [Uint8Array, string]>> = {
      "version 1": [version1(), "192.0.2.7"],
      "version 2": [version2(), "192.0.2.7"],
      "version 2 with IPv6": [version2({ family: 0x21, rest: ipv6() }), "2001:db8::7"],
      "version 2 with a mapped address": [
        version2({
          family: 0x21,
          rest: Buffer.concat([
            Buffer.alloc(10),
            Buffer.of(255, 255),
            ipv4().subarray(0, 4),
            Buffer.alloc(20),
          ]),
        }),
        "192.0.2.7",
      ],
    };
    for (const [name, [header, address]] of Object.entries(origins)) {
      it(`takes the address from ${name}, and the bytes behind it`, async () => {
        await start();
        const link = await connect(header);
        assert.equal(link.link.peer.address, address);
        assert.equal(link.link.peer.loopback, false);
        assert.equal(Buffer.from(await link.readAll(HELLO.length)).toString(), "hello");
      });
    }

    it("gives the rights of this machine to nobody, whatever the header claims", async () => {
      await start();
      for (const header of [version1("127.0.0.1"), version2({ rest: ipv4("127.0.0.1") })]) {
        const { peer } = (await connect(header)).link;
        assert.equal(peer.address, "127.0.0.1");
        assert.equal(peer.loopback, false);
      }
    });

    it("gives them to no proxy that speaks for itself either", async () => {
      await start();
      for (
        const header of [Buffer.from("PROXY UNKNOWN\r\n"), version2({ command: 0x20, rest: Buffer.alloc(0) })]
      ) {
        const { peer } = (await connect(header)).link;
        assert.equal(peer.address, "127.0.0.1", "it is the proxy's own");
        assert.equal(peer.loopback, false);
      }
    });

    it("closes a connection from an address that is not listed, whatever it says", async () => {
      await start({}, "192.0.2.0/24");
      const peer = await dial();
      peer.send(version1());
      await peer.ended;
      assert.deepEqual(await refusals.next(), [
        "127.0.0.1",
        "it is not among the proxies that the listener believes",
      ]);
    });

    it("closes a connection whose header is cut in half by its end", async () => {
      await start();
      for (const header of [version1(), version2()]) {
        const peer = await dial();
        peer.send(header.subarray(0, header.length / 2));
        peer.end();
        await peer.ended;
        assert.deepEqual(await refusals.next(), ["127.0.0.1", "its PROXY header was cut off"]);
      }
    });

    it("closes a connection whose header does not end in time", async () => {
      await start({ timeoutMilliseconds: 50 });
      const peer = await dial();
      peer.send(version2().subarray(0, 20));
      await peer.ended;
      assert.deepEqual(await refusals.next(), ["127.0.0.1", "its PROXY header took too long"]);
    });

    it("closes a connection that begins with something else", async () => {
      await start();
      const peer = await dial();
      peer.send(Buffer.from("100e00044d5154540402003c00026162", "hex"));
      await peer.ended;
      assert.deepEqual(await refusals.next(), ["127.0.0.1", "it does not begin with a PROXY header"]);
    });

    it("closes connections beyond the headers that may be under way", async () => {
      await start({ underWayMax: 2 });
      const [first] = [await dial(), await dial()];
      const third = await dial();
      await third.ended;
      assert.deepEqual(await refusals.next(), ["127.0.0.1", "too many PROXY headers are under way"]);
      const [link] = await Promise.all([taker.next(), kind.greet(first, version1())]);
      assert.equal(link.link.peer.address, "192.0.2.7");
    });

    it("says nothing of a probe that connects and goes", async () => {
      await start();
      const probe = await dial();
      probe.end();
      await probe.ended;
      await connect(version1());
      assert.equal(refusals.length, 0);
    });

    it("ends with its listener while a header is under way", async () => {
      await start();
      const peer = await dial();
      peer.send(version1().subarray(0, 10));
      // Behind it in the queue of the listener, so that it has been accepted.
      await connect(version1());
      await listening.close();
      await peer.ended;
      listening = { port: 0, close: () => Promise.resolve() };
    });
  });
}

function rangeOf(text: string): AddressRange {
  const range = parseAddressRange(text);
  assert.ok(range !== undefined);
  return range;
}

/** What is told, in order, for whoever waits for it. */
class Queue<Value> {
  readonly #values: Value[] = [];
  #wake: () => void = () => {};

  get length(): number {
    return this.#values.length;
  }

  push(value: Value): void {
    this.#values.push(value);
    this.#wake();
  }

  async next(): Promise<Value> {
    for (;;) {
      const value = this.#values.shift();
      if (value !== undefined) return value;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}
