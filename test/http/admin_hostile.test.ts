/** What a caller can send to the management API that is too much or makes no sense. */

import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { SocketPeer } from "../contract/byte_peer.ts";
import { AdminWorld, ARM_NAMESPACE } from "./admin_world.ts";
import { receiveResponse } from "./served.ts";

const HUNDRED_MB = 104_857_600;

describe("a hostile management request", () => {
  it("of 100 MB is refused by its announced length", async () => {
    await using world = await AdminWorld.start();
    for (const path of ["/v1/clients/a", "/v1/apply", `${ARM_NAMESPACE}/clients/a`]) {
      const peer = await SocketPeer.connect(world.port);
      const method = path === "/v1/apply" ? "POST" : "PUT";
      peer.send(`${method} ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${world.full}\r\n`);
      peer.send(`content-length: ${HUNDRED_MB}\r\n\r\n`);
      assert.equal((await receiveResponse(peer)).status, 413, path);
      peer.cut();
    }
  });

  it("of 100 MB that is sent regardless is refused and cut off, and the API goes on", async () => {
    await using world = await AdminWorld.start();
    const peer = await SocketPeer.connect(world.port);
    peer.send(`PUT /v1/clients/a HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${world.full}\r\n`);
    peer.send("transfer-encoding: chunked\r\n\r\n");
    for (let chunk = 0; chunk < 100; chunk++) peer.send(chunkOf(1024 * 1024));
    assert.equal((await receiveResponse(peer)).status, 413);
    await peer.ended;
    assert.equal((await world.request("GET", "/v1/clients")).status, 200);
  });

  it("of 100 MB without a token is refused before a byte of it is read", async () => {
    await using world = await AdminWorld.start();
    const peer = await SocketPeer.connect(world.port);
    peer.send(`PUT /v1/clients/a HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${HUNDRED_MB}\r\n\r\n`);
    assert.equal((await receiveResponse(peer)).status, 401);
    peer.cut();
  });

  for (
    const [name, body] of [
      ["a million brackets", "[".repeat(1_000_000)],
      ["mappings within mappings", '{"properties":'.repeat(70) + "1" + "}".repeat(70)],
      ["a million quotes and backslashes", `"${'\\"'.repeat(500_000)}`],
      ["bytes that are no text", '{"properties": "\xff"}'],
      ["nothing", ""],
      ["a number", "1"],
      ["null", "null"],
    ] as const
  ) {
    it(`whose body is ${name} is refused with 400`, async () => {
      await using world = await AdminWorld.start();
      const bytes = Uint8Array.from(body, (character) => character.charCodeAt(0));
      const response = await fetch(`${world.url}/v1/clients/a`, {
        method: "PUT",
        headers: { authorization: `Bearer ${world.full}` },
        body: bytes,
      });
      assert.equal(response.status, 400);
      assert.equal((await response.json()).code, "body-invalid");
      assert.deepEqual(world.failures, []);
    });
  }

  it("that reaches for prototypes changes none", async () => {
    await using world = await AdminWorld.start();
    const body =
      '{"__proto__":{"properties":{}},"properties":{"__proto__":{"state":"Enabled"},"constructor":{}}}';
    for (const method of ["PUT", "PATCH"]) {
      const answer = await world.request(method, "/v1/namespace", { body });
      assert.equal(answer.status, 400, method);
    }
    assert.equal(({} as Record<string, unknown>)["properties"], undefined);
    const within = '{"properties":{"__proto__":{"state":"Enabled"},"constructor":{}}}';
    assert.equal((await world.request("PATCH", "/v1/namespace", { body: within })).status, 400);
    assert.equal(({} as Record<string, unknown>)["state"], undefined);
  });

  it("whose query is 1 MB is refused", async () => {
    await using world = await AdminWorld.start();
    for (
      const query of ["(".repeat(1_000_000), `attributes.a = '${"x".repeat(1_000_000)}'`, "(".repeat(10_000)]
    ) {
      const answer = await world.request("PUT", "/v1/clientGroups/group", {
        body: { properties: { query } },
      });
      assert.equal(answer.status, 400);
      assert.ok(JSON.stringify(answer.body).length < 10_000, "the answer does not repeat the query");
    }
  });
});

function chunkOf(bytes: number): string {
  return `${bytes.toString(16)}\r\n${"x".repeat(bytes)}\r\n`;
}
