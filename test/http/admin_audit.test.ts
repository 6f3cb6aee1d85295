/** What the audit log says of what operators do. */
import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { SessionDetail } from "../../src/http/ports.ts";
import { AdminWorld, ARM_NAMESPACE } from "./admin_world.ts";

interface Shown {
  readonly number: number;
  readonly time: string;
  readonly operator: string;
  readonly address: string;
  readonly action: string;
  readonly target: string;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
}

async function log(world: AdminWorld, query = ""): Promise<readonly Shown[]> {
  const { status, body } = await world.request("GET", `/v1/audit${query}`);
  assert.equal(status, 200);
  return body.value;
}

/** The session of somebody who is there. */
function connected(clientId: string): SessionDetail {
  const queue = { messages: 0, bytes: 0 };
  return { clientId, connected: true, subscriptions: 0, queue, inFlight: 0, drops: {}, subscriptionList: [] };
}

const space = (topic: string) => ({ body: { properties: { topicTemplates: [topic] } } });

describe("GET /v1/audit", () => {
  it("says who has changed what, from where, and how it was before", async () => {
    await using world = await AdminWorld.start();
    await world.request("PUT", "/v1/topicSpaces/space", space("a"));
    await world.request("PUT", `${ARM_NAMESPACE}/topicSpaces/space`, space("b"));
    await world.request("PUT", "/v1/topicSpaces/space", space("b"));
    await world.request("DELETE", "/v1/topicSpaces/space");
    const entries = await log(world);
    const [id] = world.operators.list().filter(({ role }) => role === "full");
    assert.deepEqual(
      entries.map(({ time: _, ...entry }) => entry),
      [
        { action: "delete", before: { topicTemplates: ["b"] } },
        { action: "update", before: { topicTemplates: ["a"] }, after: { topicTemplates: ["b"] } },
        { action: "create", after: { topicTemplates: ["a"] } },
      ].map((rest, index) => ({
        number: 3 - index,
        operator: `token ${id?.id}`,
        address: "127.0.0.1",
        target: "topicSpaces/space",
        ...rest,
      })),
    );
    assert.ok(entries.every(({ time }) => Math.abs(Date.now() - Date.parse(time)) < 60_000));
  });

  it("has nothing of what was refused, of dry runs, and of reading", async () => {
    await using world = await AdminWorld.start();
    await world.request("PUT", "/v1/topicSpaces/space", { body: { properties: { topicTemplates: [] } } });
    const file = { path: "a.yaml", text: "type: topicSpaces\nname: a12\nproperties: {topicTemplates: [a]}" };
    await world.request("POST", "/v1/apply", { body: { files: [file], dryRun: true } });
    await world.request("GET", "/v1/topicSpaces");
    assert.deepEqual(await log(world), []);
    await world.request("POST", "/v1/apply", { body: { files: [file] } });
    assert.deepEqual((await log(world)).map(({ action, target }) => [action, target]), [
      ["create", "topicSpaces/a12"],
    ]);
  });

  it("never tells a password or its hash, and that it was changed", async () => {
    await using world = await AdminWorld.start();
    for (const password of ["the first secret", "the first secret", "the second secret"]) {
      await world.request("PUT", "/v1/users/somebody", { body: { properties: { password } } });
    }
    await world.request("PATCH", "/v1/users/somebody", { body: { properties: { state: "Disabled" } } });
    const entries = await log(world);
    assert.doesNotMatch(JSON.stringify(entries), /secret|hash/i);
    assert.deepEqual(
      entries.map(({ before, after }) => [before?.["password"], after?.["password"]]),
      [[undefined, undefined], ["(hidden)", "(hidden)"], [undefined, "(hidden)"]],
    );
  });

  it("says who has made and revoked tokens, and not what they are", async () => {
    await using world = await AdminWorld.start();
    const { body } = await world.request("POST", "/v1/operatorTokens", { body: { description: "ci" } });
    const authorization = `Bearer ${body.token}`;
    await world.request("DELETE", `/v1/operatorTokens/${body.id}`, { headers: { authorization } });
    const entries = await log(world);
    assert.deepEqual(
      entries.map(({ operator, action, target }) => [operator === `token ${body.id}`, action, target]),
      [
        [true, "revoke", `operatorTokens/${body.id}`],
        [false, "create", `operatorTokens/${body.id}`],
      ],
    );
    assert.equal(entries[1]?.after?.["description"], "ci");
    assert.ok(!JSON.stringify(entries).includes(body.token));
  });

  it("says who has ended connections and sessions, and emptied queues", async () => {
    await using world = await AdminWorld.start();
    world.sessions.sessions.set("a/b", connected("a/b"));
    await world.request("DELETE", "/v1/sessions/a%2Fb/queue");
    await world.request("DELETE", "/v1/connections/a%2Fb");
    await world.request("DELETE", "/v1/sessions/a%2Fb");
    await world.request("DELETE", "/v1/sessions/a%2Fb");
    assert.deepEqual((await log(world)).map(({ action, target }) => [action, target]), [
      ["delete", "sessions/a/b"],
      ["delete", "connections/a/b"],
      ["delete", "sessions/a/b/queue"],
    ]);
  });

  it("says who has had certificates read again, and what came of it", async () => {
    await using world = await AdminWorld.start();
    const { status, body } = await world.request("POST", "/v1/certificates/reload");
    assert.deepEqual([status, body.value], [200, [{ certificate: "a.pem", fault: "it is gone" }]]);
    assert.deepEqual((await log(world)).map(({ action, after }) => [action, after]), [
      ["reloaded", body],
      ["reload", undefined],
    ]);
    assert.equal((await world.request("GET", "/v1/certificates/reload")).status, 405);
  });

  it("has everything that is done: what cannot be entered is not done", async () => {
    await using world = await AdminWorld.start();
    world.sessions.sessions.set("a", connected("a"));
    const [token] = world.operators.list();
    world.store.audit.broken = true;
    const before = world.operators.list();
    const deeds = [
      ["POST", "/v1/operatorTokens"],
      ["DELETE", `/v1/operatorTokens/${token?.id}`],
      ["DELETE", "/v1/sessions/a/queue"],
      ["DELETE", "/v1/connections/a"],
      ["DELETE", "/v1/sessions/a"],
      ["POST", "/v1/certificates/reload"],
    ] as const;
    for (const [method, path] of deeds) {
      const body = method === "POST" ? { body: {} } : {};
      assert.equal((await world.request(method, path, body)).status, 500, path);
    }
    assert.deepEqual(world.operators.list(), before);
    const { sessions: { cleared, disconnected, ended }, certificates } = world;
    assert.deepEqual([cleared, disconnected, ended, certificates.reloads], [[], [], [], 0]);
    world.store.audit.broken = false;
    for (const [method, path] of deeds.slice(2)) {
      assert.notEqual((await world.request(method, path)).status, 500, path);
    }
    assert.deepEqual([cleared, disconnected, ended, certificates.reloads], [["a"], ["a"], ["a"], 1]);
  });

  it("comes by pages, and by target", async () => {
    await using world = await AdminWorld.start();
    for (let index = 1; index <= 5; index++) {
      await world.request("PUT", `/v1/topicSpaces/s0${index}`, space(`${index}`));
    }
    const { body: first } = await world.request("GET", "/v1/audit?$top=2");
    const { body: second } = await world.request("GET", first.nextLink);
    const targets = [...first.value, ...second.value].map(({ target }: Shown) => target);
    assert.deepEqual(targets, ["s05", "s04", "s03", "s02"].map((name) => `topicSpaces/${name}`));
    const filter = encodeURIComponent("contains(name, 's03')");
    assert.deepEqual((await log(world, `?$filter=${filter}`)).map(({ number }) => number), [3]);
    assert.equal((await world.request("GET", "/v1/audit?$skipToken=YQ")).status, 400);
  });

  it("is for operators to read, and for nobody to change", async () => {
    await using world = await AdminWorld.start();
    assert.equal((await world.request("GET", "/v1/audit", { headers: { authorization: "" } })).status, 401);
    const authorization = `Bearer ${world.readOnly}`;
    assert.equal((await world.request("GET", "/v1/audit", { headers: { authorization } })).status, 200);
    for (const method of ["PUT", "POST", "DELETE"]) {
      assert.equal((await world.request(method, "/v1/audit", { body: {} })).status, 405);
    }
    assert.equal((await world.request("GET", "/v1/audit/1")).status, 404);
  });
});
