/** What a caller of the management API can send that is too much, to the process and over TLS. */

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { splitAddress } from "../../dialogue/mod.ts";
import { type BytePeer, SocketPeer } from "../../contract/byte_peer.ts";
import { TlsPeer } from "../../tls/tls_peer.ts";
import { readResponse } from "../../websocket/raw_web_socket.ts";
import { useAccessBroker } from "./access_broker.ts";

const HUNDRED_MB = 104_857_600;
const MIB = 1024 * 1024;
const RESIDENT_BYTES_MAX = 600_000_000;

describe("hostile: the management API", () => {
  const { broker, neighbour } = useAccessBroker();

  const listeners: Readonly<Record<string, () => Promise<BytePeer>>> = {
    HTTP: () => SocketPeer.connect(splitAddress(broker.address("http")).port),
    HTTPS: () => TlsPeer.connect(splitAddress(broker.address("https")).port),
  };

  function head(fields: readonly string[], path = "/v1/clients/a"): Uint8Array {
    const lines = [`PUT ${path} HTTP/1.1`, "host: localhost", ...fields, "", ""];
    return new TextEncoder().encode(lines.join("\r\n"));
  }

  const authorization = () => `authorization: Bearer ${broker.token}`;
  const statusOf = async (peer: BytePeer) => (await readResponse((count) => peer.receive(count))).status;

  for (const [protocol, dials] of Object.entries(listeners)) {
    it(`refuses a body of 100 MB by its announced length, over ${protocol}`, async () => {
      const peer = await dials();
      peer.send(head([authorization(), `content-length: ${HUNDRED_MB}`]));
      assert.equal(await statusOf(peer), 413);
      peer.cut();
    });

    it(`refuses a body of 100 MB that is sent regardless and cuts it off, over ${protocol}`, async () => {
      const peer = await dials();
      peer.send(head([authorization(), "transfer-encoding: chunked"]));
      const chunk = new TextEncoder().encode(`${MIB.toString(16)}\r\n${"x".repeat(MIB)}\r\n`);
      for (let sent = 0; sent < 100; sent += 1) peer.send(chunk);
      assert.equal(await statusOf(peer), 413);
      await peer.ended;
      await neighbour.isServed();
      const bytes = await broker.residentBytes();
      assert.ok(bytes < RESIDENT_BYTES_MAX, `the broker holds ${bytes} bytes`);
    });

    it(`refuses a body of 100 MB without a token, before a byte of it is read, over ${protocol}`, async () => {
      const peer = await dials();
      peer.send(head([`content-length: ${HUNDRED_MB}`]));
      assert.equal(await statusOf(peer), 401);
      peer.cut();
    });
  }

  it("refuses a query of 1 MB, and one of 10,000 nested parentheses", async () => {
    const deep = `${"(".repeat(10_000)}true${")".repeat(10_000)}`;
    for (
      const query of [
        deep,
        "(".repeat(60_000),
        `attributes.a = '${"x".repeat(1_000_000)}'`,
        `${"true or ".repeat(125_000)}true`,
        `attributes.a IN [${"1,".repeat(500_000)}1]`,
      ]
    ) {
      const answer = await broker.request("PUT", "/v1/clientGroups/group", { properties: { query } });
      assert.equal(answer.status, 400, query.slice(0, 20));
      assert.ok(JSON.stringify(answer.body).length < 10_000, "the answer does not repeat the query");
    }
    assert.equal((await broker.request("GET", "/v1/clientGroups/group")).status, 404);
  });

  it("evaluates the largest query that it takes without holding up anybody", async () => {
    const terms = Math.floor(65_000 / "attributes.a = 'xxxx' or ".length);
    const query = `${"attributes.a = 'xxxx' or ".repeat(terms)}${"(".repeat(100)}true${")".repeat(100)}`;
    const { status } = await broker.request("PUT", "/v1/clientGroups/largest", { properties: { query } });
    assert.equal(status, 201);
    await neighbour.isServed();
  });
});
