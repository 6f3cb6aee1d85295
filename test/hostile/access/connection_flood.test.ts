/** Connections by the thousand that only want to be there. */

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { type Address, fresh, splitAddress, withinSeconds } from "../../dialogue/mod.ts";
import { makeClient } from "../../identity/certificates.ts";
import { TlsPeer } from "../../tls/tls_peer.ts";
import { readResponse } from "../../websocket/raw_web_socket.ts";
import { connectionsWithin } from "../../../src/transport/descriptors.ts";
import { useAccessBroker } from "./access_broker.ts";
import { approaching, tcpFrom } from "./dialers.ts";

/** As many as the task says, or as there are descriptors for. */
const CONNECTIONS = connectionsWithin(10_000);
const ATTACKERS = 40;
/** More at once would not fit into the queue of connections that wait to be accepted. */
const BATCH = 500;
const RESIDENT_BYTES_MAX = 600_000_000;
/** What three times as many connections may leave behind that are gone: work of the garbage collector to come. */
const LEFT_BYTES_MAX = 350_000_000;
/** The header of a record, and the first byte in it. */
const HALF_A_CLIENT_HELLO = Buffer.of(22, 3, 1, 2, 0, 1);
/** The longest that a stranger is waited for, and then some: a handshake has 10 s. */
const ENDED_SECONDS_MAX = 30;

describe(`hostile: ${CONNECTIONS} connections`, () => {
  const { broker, neighbour } = useAccessBroker({ limits: { connectTimeoutSeconds: 5 } });

  /** Opens them from many addresses; each says `first`, and no more. */
  async function flood(at: Address, first: Uint8Array): Promise<Flood> {
    const ends: Promise<void>[] = [];
    const sockets: Socket[] = [];
    for (let from = 0; from < CONNECTIONS; from += BATCH) {
      const count = Math.min(BATCH, CONNECTIONS - from);
      const opened = await Promise.allSettled(Array.from({ length: count }, (_, index) => {
        return tcpFrom(`127.0.1.${1 + (from + index) % ATTACKERS}`, at);
      }));
      for (const one of opened) {
        if (one.status === "rejected") continue;
        sockets.push(one.value);
        ends.push(endOf(one.value));
        if (first.length > 0) one.value.write(first);
      }
    }
    return { sockets, ended: Promise.all(ends) };
  }

  /** A client that has never been here gets in and is served, and so is one over HTTPS. */
  async function newcomerGetsIn(): Promise<void> {
    await withinSeconds(10, asksOverHttps());
    const name = fresh("newcomer");
    await broker.register(name);
    const dialer = approaching({ chain: [makeClient(broker.root, { subject: name })], from: "127.0.2.1" });
    await withinSeconds(10, broker.admits(dialer, { userName: name }).then((client) => client.leaves()));
  }

  it("that begin a handshake and vanish leave nothing behind", async () => {
    const before = await broker.residentBytes();
    for (let round = 0; round < 3 * CONNECTIONS / BATCH; round += 1) {
      await Promise.all(Array.from({ length: BATCH }, async (_, index) => {
        const socket = await tcpFrom(`127.0.1.${1 + index % ATTACKERS}`, broker.mqtts);
        const ended = endOf(socket);
        socket.end(HALF_A_CLIENT_HELLO);
        await ended;
      }));
    }
    await newcomerGetsIn();
    const left = await broker.residentBytes() - before;
    assert.ok(left < LEFT_BYTES_MAX, `the broker holds ${left} bytes more`);
  });

  async function asksOverHttps(): Promise<void> {
    const peer = await TlsPeer.connect(splitAddress(broker.address("https")).port);
    peer.send(new TextEncoder().encode("GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n"));
    assert.equal((await readResponse((count) => peer.receive(count))).status, 200);
    peer.cut();
  }

  const cases: readonly {
    readonly name: string;
    readonly at: () => Address;
    readonly first: Uint8Array;
  }[] = [
    { name: "that never send CONNECT", at: () => broker.address("mqtt"), first: Buffer.of() },
    {
      name: "that send half a CONNECT",
      at: () => broker.address("mqtt"),
      first: Buffer.from([0x10, 0x7f, 0, 4]),
    },
    { name: "that never begin a handshake", at: () => broker.mqtts, first: Buffer.of() },
    { name: "that stall within a handshake", at: () => broker.mqtts, first: HALF_A_CLIENT_HELLO },
    {
      name: "that stall before HTTPS",
      at: () => broker.address("https"),
      first: HALF_A_CLIENT_HELLO,
    },
  ];
  for (const { name, at, first } of cases) {
    it(`${name} keep nobody out, and are ended`, async () => {
      const { sockets, ended } = await flood(at(), first);
      await neighbour.isServed();
      await newcomerGetsIn();
      const bytes = await broker.residentBytes();
      assert.ok(bytes < RESIDENT_BYTES_MAX, `the broker holds ${bytes} bytes`);
      await withinSeconds(ENDED_SECONDS_MAX, ended);
      for (const socket of sockets) socket.destroy();
      await newcomerGetsIn();
    });
  }
});

interface Flood {
  readonly sockets: readonly Socket[];
  /** Once the broker has ended every one. */
  readonly ended: Promise<unknown>;
}

function endOf(socket: Socket): Promise<void> {
  socket.resume();
  return new Promise((resolve) => {
    if (socket.destroyed) resolve();
    socket.once("close", () => resolve());
  });
}
