/** Operators who come with a certificate instead of a token; whose it is, `test/identity` asks. */
import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { Operator } from "../../src/http/operator.ts";
import { AdminWorld } from "./admin_world.ts";
import { receiveResponse } from "./served.ts";
import { SocketPeer } from "../contract/byte_peer.ts";

const OPS: Operator = { role: "full", id: "CN=ops", proof: "certificate" };

/** Sends a request as it is, since `fetch` says itself where it comes from. */
async function status(
  world: AdminWorld,
  method: string,
  headers: Readonly<Record<string, string>> = {},
  path = "/v1/topicSpaces/space",
) {
  const peer = await SocketPeer.connect(world.port);
  const body = JSON.stringify({ properties: { topicTemplates: ["a"] } });
  const fields = {
    host: `127.0.0.1:${world.port}`,
    "content-length": String(method === "GET" ? 0 : body.length),
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  peer.send(`${method} ${path} HTTP/1.1\r\n${lines}\r\n${method === "GET" ? "" : body}`);
  const response = await receiveResponse(peer);
  peer.cut();
  const { code } = response.status >= 400 ? JSON.parse(response.body) : { code: undefined };
  return [response.status, code];
}

describe("an operator with a certificate", () => {
  it("needs no token, and is named in the audit log", async () => {
    await using world = await AdminWorld.start({ operatorAt: () => OPS });
    assert.deepEqual(await status(world, "PUT"), [201, undefined]);
    assert.deepEqual(world.store.audit.entries.map(({ operator }) => operator), ["certificate CN=ops"]);
  });

  it("may only read where the rule says so", async () => {
    await using world = await AdminWorld.start({ operatorAt: () => ({ ...OPS, role: "read-only" }) });
    assert.deepEqual(await status(world, "PUT"), [403, "operator-read-only"]);
    assert.deepEqual(await status(world, "GET"), [404, "resource-not-found"]);
  });

  it("is not asked for where there is a header, right or wrong", async () => {
    await using world = await AdminWorld.start({ operatorAt: () => OPS });
    assert.deepEqual(await status(world, "PUT", { authorization: "Bearer wrong" }), [
      401,
      "credentials-invalid",
    ]);
    assert.deepEqual(await status(world, "PUT", { authorization: `Bearer ${world.readOnly}` }), [
      403,
      "operator-read-only",
    ]);
  });

  it("is nobody where the certificate is nobody's", async () => {
    await using world = await AdminWorld.start({ operatorAt: () => undefined });
    assert.deepEqual(await status(world, "GET"), [401, "authentication-required"]);
  });

  it("is not taken for pages of other sites, which browsers show it for too", async () => {
    await using world = await AdminWorld.start({ operatorAt: () => OPS });
    const foreign: Record<string, string>[] = [
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: `http://127.0.0.1:${world.port}` },
      { origin: "https://127.0.0.1:1" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
    ];
    for (const headers of foreign) {
      for (const method of ["PUT", "GET"]) {
        assert.deepEqual(
          await status(world, method, headers),
          [403, "origin-refused"],
          JSON.stringify(headers),
        );
      }
    }
    const own = { origin: `https://127.0.0.1:${world.port}`, "sec-fetch-site": "same-origin" };
    assert.deepEqual(await status(world, "PUT", own), [201, undefined]);
    const elsewhere = { origin: "https://evil.example", authorization: `Bearer ${world.full}` };
    assert.deepEqual(
      await status(world, "PUT", elsewhere),
      [200, undefined],
      "a token is known by whoever sends it",
    );
  });
});

describe("HTTP Publish by an operator with a certificate", () => {
  const publish = (world: AdminWorld, headers: Readonly<Record<string, string>> = {}) =>
    status(world, "POST", headers, "/mqtt/messages?topic=a");

  it("needs no token, and the role full", async () => {
    await using world = await AdminWorld.start({ anonymous: "off", operatorAt: () => OPS });
    assert.deepEqual(await publish(world), [204, undefined]);
    assert.deepEqual(world.published.map(({ principal }) => principal), ["$operator"]);
    await using reading = await AdminWorld.start({
      anonymous: "on",
      operatorAt: () => ({ ...OPS, role: "read-only" }),
    });
    assert.deepEqual(await publish(reading), [403, "operator-read-only"]);
    assert.deepEqual(reading.published, []);
  });

  it("is not taken for pages of other sites, nor with a wrong token", async () => {
    await using world = await AdminWorld.start({ anonymous: "off", operatorAt: () => OPS });
    const foreign = { origin: "https://evil.example" };
    assert.deepEqual(await publish(world, foreign), [403, "origin-refused"]);
    assert.deepEqual(await publish(world, { authorization: "Bearer wrong" }), [401, "credentials-invalid"]);
    assert.deepEqual(world.published, []);
  });

  it("is anybody where the certificate is nobody's", async () => {
    await using world = await AdminWorld.start({ anonymous: "on", operatorAt: () => undefined });
    assert.deepEqual(await publish(world), [204, undefined]);
    assert.deepEqual(world.published.map(({ principal }) => principal), ["$anonymous"]);
  });
});
