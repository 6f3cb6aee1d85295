/** What a request does whose operator's token is revoked while its body is under way. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import type { Operator } from "../../src/http/operator.ts";
import { SocketPeer } from "../contract/byte_peer.ts";
import { AdminWorld, ARM_NAMESPACE } from "./admin_world.ts";
import { receiveResponse } from "./served.ts";

const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

describe("a request whose token is revoked before its body has come", () => {
  let world: AdminWorld;

  beforeEach(async () => {
    world = await AdminWorld.start();
  });

  afterEach(async () => {
    await world[Symbol.asyncDispose]();
  });

  /** The status of the answer; the body is held back until the token has been revoked. */
  async function statusOf(method: string, path: string, body: string): Promise<number> {
    const { token, stored } = await world.operators.create({ role: "full", description: "" });
    const peer = await SocketPeer.connect(world.port);
    peer.send(`${method} ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n`);
    peer.send(`content-length: ${body.length}\r\nexpect: 100-continue\r\n\r\n`);
    // It has been admitted once when it is asked for its body.
    assert.equal(new TextDecoder().decode(await peer.receive(CONTINUE.length)), CONTINUE);
    assert.ok(await world.operators.revoke(stored.id));
    peer.send(body);
    const { status } = await receiveResponse(peer);
    peer.cut();
    return status;
  }

  const space = JSON.stringify({ properties: { topicTemplates: ["stolen/#"] } });

  it("changes no resource, on either address", async () => {
    await world.request("PUT", "/v1/topicSpaces/there", { body: { properties: { topicTemplates: ["a"] } } });
    assert.equal(await statusOf("PUT", "/v1/topicSpaces/late", space), 401);
    assert.equal(await statusOf("PUT", `${ARM_NAMESPACE}/topicSpaces/late`, space), 401);
    assert.equal(await statusOf("PATCH", "/v1/topicSpaces/there", space), 401);
    const { body } = await world.request("GET", "/v1/topicSpaces");
    assert.deepEqual(
      body.value.map(({ name, properties }: { name: string; properties: { topicTemplates: string[] } }) => [
        name,
        properties.topicTemplates,
      ]),
      [["there", ["a"]]],
    );
  });

  it("makes no token, and applies no files", async () => {
    const before = world.operators.list().length;
    assert.equal(await statusOf("POST", "/v1/operatorTokens", "{}"), 401);
    assert.equal(await statusOf("POST", "/v1/apply", '{"files": []}'), 401);
    // The two that were revoked are listed.
    assert.equal(world.operators.list().length, before + 2);
  });

  it("publishes nothing", async () => {
    assert.equal(await statusOf("POST", "/mqtt/messages?topic=a", "late"), 401);
    assert.deepEqual(world.published, []);
  });

  it("publishes as whoever is left, and not as an operator, where anybody may publish", async () => {
    const proofs: Operator[] = [{ role: "full", id: "ops", proof: "certificate" }];
    await using other = await AdminWorld.start({ operatorAt: () => proofs.shift() });
    const response = await fetch(`${other.url}/mqtt/messages?topic=a`, { method: "POST", body: "x" });
    assert.equal(response.status, 204);
    assert.deepEqual(other.published.map(({ principal }) => principal), ["$anonymous"]);
  });
});
