/** TLS records that come by the byte, or never quite. */

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { connack, connect, encode, forEach, fresh } from "../../dialogue/mod.ts";
import { type Made, makeClient } from "../../identity/certificates.ts";
import type { ForgedConnection } from "../../tls/forging_client.ts";
import { useAccessBroker } from "./access_broker.ts";
import { forging } from "./dialers.ts";

/** Between two bytes that drip, in milliseconds; many times as fast as any timeout. */
const DRIP_MILLISECONDS = 50;
const ATTACKERS = 50;

describe("hostile: slow TLS records", () => {
  const { broker, neighbour } = useAccessBroker({ limits: { connectTimeoutSeconds: 2 } });

  async function registered(): Promise<{ readonly name: string; readonly leaf: Made }> {
    const name = fresh("slow");
    await broker.register(name);
    return { name, leaf: makeClient(broker.root, { subject: name }) };
  }

  /** A connection that is secured, and its other side to write to. */
  async function secured(leaf?: Made) {
    let connection: ForgedConnection | undefined;
    const forgery = leaf === undefined ? { chain: [] } : { chain: [leaf.der], key: leaf.privateKey };
    const client = await broker.dials(forging(forgery, (made) => connection = made));
    if (connection === undefined) throw new Error("it was not told of");
    return { client, connection };
  }

  /** Sends one byte after another until the connection ends. */
  function drip({ peer }: ForgedConnection, next: () => Uint8Array | undefined): void {
    const timer = setInterval(() => {
      const bytes = next();
      if (bytes !== undefined) peer.send(bytes);
    }, DRIP_MILLISECONDS);
    void peer.ended.then(() => clearInterval(timer));
  }

  it("of one byte each make a CONNECT like any other", async () => {
    const { name, leaf } = await registered();
    const { client, connection } = await secured(leaf);
    for (const byte of encode(connect({ userName: name }), 5)) connection.send(Uint8Array.of(byte));
    await client.receives(connack());
    await client.pings();
  });

  it("that drip a CONNECT are ended in time, and others are served", async () => {
    await forEach(Array.from({ length: ATTACKERS }, (_, number) => number), async () => {
      const { client, connection } = await secured();
      const said = encode(connect({ userName: "x".repeat(1000) }), 5).values();
      drip(connection, () => {
        const { value } = said.next();
        return value === undefined ? undefined : connection.record(Uint8Array.of(value));
      });
      await client.isClosedAfterAnything();
    });
    await neighbour.isServed();
  });

  it("of which each byte drips are ended in time, and others are served", async () => {
    await forEach(Array.from({ length: ATTACKERS }, (_, number) => number), async () => {
      const { client, connection } = await secured();
      const record = connection.record(new Uint8Array(16_000)).values();
      drip(connection, () => {
        const { value } = record.next();
        return value === undefined ? undefined : Uint8Array.of(value);
      });
      await client.isClosedAfterAnything();
    });
    await neighbour.isServed();
  });

  it("that are empty are no sign of life", async () => {
    const { client, connection } = await secured();
    drip(connection, () => connection.record(new Uint8Array(0)));
    await client.isClosedAfterAnything();
  });

  it("that drip after CONNECT are held to the keep alive", async () => {
    const { name, leaf } = await registered();
    const { client, connection } = await secured(leaf);
    client.sends(connect({ userName: name, keepAliveSeconds: 1 }));
    await client.receives(connack());
    const record = connection.record(new Uint8Array(16_000)).values();
    drip(connection, () => Uint8Array.of(record.next().value ?? 0));
    await client.isDisconnected(0x8d);
  });

  it("that are no records end the connection", async () => {
    for (
      const bytes of [
        Uint8Array.of(23, 3, 3, 0xff, 0xff),
        new Uint8Array(100),
        Uint8Array.of(21, 3, 3, 0, 2, 1, 0),
      ]
    ) {
      const { client, connection } = await secured();
      connection.peer.send(bytes);
      connection.peer.send(new Uint8Array(70_000));
      await client.isClosedAfterAnything();
    }
    assert.ok(await broker.residentBytes() < 600_000_000);
  });
});
