/** The management API under its short paths: who may use it, and what becomes of resources. */

import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { AdminWorld, type Answer, ARM_NAMESPACE } from "./admin_world.ts";

const space = { properties: { topicTemplates: ["vehicles/+/position"] } };
const client = {
  properties: {
    authenticationName: "vehicle-1",
    clientCertificateAuthentication: { validationScheme: "SubjectMatchesAuthenticationName" },
    attributes: { type: "vehicle", floor: 3 },
  },
};

function assertProblem({ status, body, headers }: Answer, expected: [number, string]): void {
  assert.equal(headers.get("content-type"), "application/problem+json");
  assert.deepEqual([status, body.code], expected);
  assert.equal(body.status, status);
}

describe("the management API's operators", () => {
  const paths = [
    "/v1/namespace",
    "/v1/clients",
    "/v1/clients/a",
    "/v1/sessions",
    "/v1/operatorTokens",
    "/v1/nothing",
  ];

  it("gives 401 without a token, on loopback too, on every path", async () => {
    await using world = await AdminWorld.start();
    for (const path of paths) {
      for (const method of ["GET", "PUT", "DELETE", "POST"]) {
        const response = await fetch(world.url + path, { method });
        assert.equal(response.status, 401, `${method} ${path}`);
        assert.equal(response.headers.get("www-authenticate"), "Bearer");
        assert.equal((await response.json()).code, "authentication-required");
      }
    }
  });

  it("gives 401 for what is no token that holds", async () => {
    await using world = await AdminWorld.start();
    const wrong = [
      "Bearer x",
      `Basic ${world.full}`,
      world.full,
      "Bearer ",
      `Bearer ${world.full}x`,
      `Bearer a ${world.full}`,
    ];
    for (const authorization of wrong) {
      assertProblem(await world.request("GET", "/v1/clients", { headers: { authorization } }), [
        401,
        "credentials-invalid",
      ]);
    }
  });

  it("lets a read-only token read, and answers its writes with 403", async () => {
    await using world = await AdminWorld.start();
    const headers = { authorization: `Bearer ${world.readOnly}` };
    assert.equal((await world.request("GET", "/v1/topicSpaces", { headers })).status, 200);
    for (
      const [method, path] of [
        ["PUT", "/v1/topicSpaces/vehicles"],
        ["PATCH", "/v1/topicSpaces/vehicles"],
        ["DELETE", "/v1/topicSpaces/vehicles"],
        ["POST", "/v1/operatorTokens"],
        ["POST", "/v1/apply"],
        ["DELETE", "/v1/sessions/a"],
      ] as const
    ) {
      assertProblem(await world.request(method, path, { headers, body: space }), [403, "operator-read-only"]);
    }
    assert.equal(world.store.kept.size, 0);
  });

  it("takes the token that was given at the start, and makes none then", async () => {
    await using world = await AdminWorld.start({ given: "chosen-by-the-operator" });
    assert.equal(world.operators.made, undefined);
    const headers = { authorization: "bearer chosen-by-the-operator" };
    assert.equal((await world.request("GET", "/v1/clients", { headers })).status, 200);
  });

  it("makes, lists and revokes tokens, and tells each once", async () => {
    await using world = await AdminWorld.start();
    const made = await world.request("POST", "/v1/operatorTokens", {
      body: { role: "read-only", description: "ci" },
    });
    assert.equal(made.status, 201);
    const headers = { authorization: `Bearer ${made.body.token}` };
    assert.equal((await world.request("GET", "/v1/clients", { headers })).status, 200);
    const listed = await world.request("GET", "/v1/operatorTokens");
    assert.equal(JSON.stringify(listed.body).includes(made.body.token), false);
    assert.equal(JSON.stringify(listed.body).includes("hash"), false);
    assert.equal(listed.body.value.length, 3);
    assert.equal((await world.request("DELETE", `/v1/operatorTokens/${made.body.id}`)).status, 204);
    assertProblem(await world.request("GET", "/v1/clients", { headers }), [401, "credentials-invalid"]);
    assertProblem(await world.request("DELETE", `/v1/operatorTokens/${made.body.id}`), [
      404,
      "resource-not-found",
    ]);
    const bad = await world.request("POST", "/v1/operatorTokens", { body: { role: "root" } });
    assertProblem(bad, [400, "body-invalid"]);
  });
});

describe("the management API's resources", () => {
  it("are made, read, replaced and deleted", async () => {
    await using world = await AdminWorld.start();
    const made = await world.request("PUT", "/v1/clients/vehicle-1", { body: client });
    assert.equal(made.status, 201);
    assert.equal(made.body.id, `${ARM_NAMESPACE}/clients/vehicle-1`);
    assert.equal(made.body.type, "Microsoft.EventGrid/namespaces/clients");
    assert.equal(made.body.name, "vehicle-1");
    assert.equal(made.body.properties.provisioningState, "Succeeded");
    assert.equal(made.body.properties.state, "Enabled");
    const read = await world.request("GET", "/v1/clients/vehicle-1");
    assert.deepEqual(read.body, made.body);
    assert.equal(read.headers.get("etag"), made.headers.get("etag"));
    assert.equal(read.headers.get("cache-control"), "no-store");
    const replaced = await world.request("PUT", "/v1/clients/vehicle-1", { body: read.body });
    assert.equal(replaced.status, 200);
    assert.equal(replaced.headers.get("etag"), made.headers.get("etag"));
    assert.equal((await world.request("DELETE", "/v1/clients/vehicle-1")).status, 204);
    assertProblem(await world.request("GET", "/v1/clients/vehicle-1"), [404, "resource-not-found"]);
    assertProblem(await world.request("DELETE", "/v1/clients/vehicle-1"), [404, "resource-not-found"]);
  });

  it("are changed only in the version that If-Match names", async () => {
    await using world = await AdminWorld.start();
    const path = "/v1/topicSpaces/vehicles";
    const put = (headers: Record<string, string>, template = "a") =>
      world.request("PUT", path, { headers, body: { properties: { topicTemplates: [template] } } });
    assertProblem(await put({ "if-match": "*" }), [412, "precondition-failed"]);
    const first = (await put({ "if-none-match": "*" })).headers.get("etag") ?? "";
    assertProblem(await put({ "if-none-match": "*" }), [412, "precondition-failed"]);
    const second = (await put({ "if-match": `"other", ${first}` }, "b")).headers.get("etag") ?? "";
    assert.notEqual(second, first);
    assertProblem(await put({ "if-match": first }, "c"), [412, "precondition-failed"]);
    assertProblem(await put({ "if-match": `W/${second}` }, "c"), [412, "precondition-failed"]);
    assertProblem(await put({ "if-match": '"open' }, "c"), [400, "parameter-invalid"]);
    const stale = await world.request("DELETE", path, { headers: { "if-match": first } });
    assertProblem(stale, [412, "precondition-failed"]);
    assert.equal((await world.request("GET", path, { headers: { "if-none-match": second } })).status, 304);
    assert.equal((await world.request("DELETE", path, { headers: { "if-match": second } })).status, 204);
  });

  it("are patched: mappings merged, null removes, the rest stays", async () => {
    await using world = await AdminWorld.start();
    await world.request("PUT", "/v1/clients/vehicle-1", { body: client });
    const patched = await world.request("PATCH", "/v1/clients/vehicle-1", {
      body: { properties: { state: "Disabled", attributes: { floor: null, area: "north" } } },
    });
    assert.equal(patched.status, 200);
    assert.equal(patched.body.properties.state, "Disabled");
    assert.deepEqual(patched.body.properties.attributes, { type: "vehicle", area: "north" });
    assert.equal(patched.body.properties.authenticationName, "vehicle-1");
    assertProblem(await world.request("PATCH", "/v1/clients/absent", { body: client }), [
      404,
      "resource-not-found",
    ]);
    const stale = { body: client, headers: { "if-match": '"other"' } };
    assertProblem(await world.request("PATCH", "/v1/clients/vehicle-1", stale), [412, "precondition-failed"]);
  });

  it("are patched by several at once, and no patch is lost", async () => {
    await using world = await AdminWorld.start();
    await world.request("PUT", "/v1/clients/vehicle-1", { body: client });
    const answers = await Promise.all(
      ["a", "b", "c"].map((key) =>
        world.request("PATCH", "/v1/clients/vehicle-1", {
          body: { properties: { attributes: { [key]: 1 } } },
        })
      ),
    );
    assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200]);
    const { body } = await world.request("GET", "/v1/clients/vehicle-1");
    assert.deepEqual(body.properties.attributes, { type: "vehicle", floor: 3, a: 1, b: 1, c: 1 });
  });

  it("tell every fault of a body with its path and position", async () => {
    await using world = await AdminWorld.start();
    const answer = await world.request("PUT", "/v1/clients/v%201", {
      body: { properties: { sate: "Disabled", attributes: { "a-b": 1 } } },
    });
    assertProblem(answer, [400, "resource-invalid"]);
    const faults = answer.body.faults.map(({ parameter }: { parameter: string }) => parameter).sort();
    assert.deepEqual(faults, [
      "name",
      "properties.attributes.a-b",
      "properties.clientCertificateAuthentication",
      "properties.sate",
    ]);
    const query = await world.request("PUT", "/v1/clientGroups/group1", {
      body: { properties: { query: "attributes.type IS 'x'" } },
    });
    assertProblem(query, [400, "resource-invalid"]);
    assert.equal(query.body.faults[0].code, "query-invalid");
    assert.equal(query.body.faults[0].position, 16);
  });

  it("that are in use, always there, or one too many are refused with 409", async () => {
    await using world = await AdminWorld.start();
    await world.request("PUT", "/v1/topicSpaces/vehicles", { body: space });
    const binding = { clientGroupName: "$all", topicSpaceName: "vehicles", permission: "Publisher" };
    const bound = await world.request("PUT", "/v1/permissionBindings/pub", { body: { properties: binding } });
    assert.equal(bound.status, 201);
    assertProblem(await world.request("DELETE", "/v1/topicSpaces/vehicles"), [409, "resource-in-use"]);
    const all = { properties: { query: "attributes.a = 1" } };
    assertProblem(await world.request("PUT", "/v1/clientGroups/$all", { body: all }), [
      409,
      "resource-built-in",
    ]);
    assertProblem(await world.request("DELETE", "/v1/namespace"), [409, "resource-built-in"]);
    await world.request("PUT", "/v1/clients/one", { body: client });
    assertProblem(await world.request("PUT", "/v1/clients/two", { body: client }), [409, "name-taken"]);
    for (let index = 1; index < 20; index++) {
      await world.request("PUT", `/v1/topicSpaces/space-${index}`, { body: space });
    }
    assertProblem(await world.request("PUT", "/v1/topicSpaces/space-20", { body: space }), [
      409,
      "limit-reached",
    ]);
  });

  it("never give a password back, nor its hash, and keep it when an answer is sent back", async () => {
    await using world = await AdminWorld.start();
    const made = await world.request("PUT", "/v1/users/ann", {
      body: { properties: { password: "secret" } },
    });
    assert.equal(made.status, 201);
    const read = await world.request("GET", "/v1/users/ann");
    const listed = await world.request("GET", "/v1/users");
    for (const { body } of [made, read, listed]) assert.doesNotMatch(JSON.stringify(body), /secret|hash/i);
    const patched = await world.request("PATCH", "/v1/users/ann", {
      body: { properties: { state: "Disabled" } },
    });
    assert.equal(patched.body.properties.state, "Disabled");
    assert.match(world.store.kept.get("users/ann")?.json ?? "", /hash of secret/);
  });

  it("may have names that must be percent-encoded", async () => {
    await using world = await AdminWorld.start();
    const name = "a/b?c#d %2F é";
    const path = `/v1/users/${encodeURIComponent(name)}`;
    const made = await world.request("PUT", path, { body: { properties: { password: "p" } } });
    assert.equal(made.body.name, name);
    assert.equal((await world.request("GET", path)).body.name, name);
    assert.equal((await world.request("GET", "/v1/users/%ff")).status, 400);
  });

  it("of the namespace are there from the start, and take properties alone", async () => {
    await using world = await AdminWorld.start();
    const { body } = await world.request("GET", "/v1/namespace");
    assert.equal(body.id, ARM_NAMESPACE);
    assert.equal(body.properties.topicSpacesConfiguration.hostname, "broker.example");
    const properties = { topicSpacesConfiguration: { maximumClientSessionsPerAuthenticationName: 3 } };
    const put = await world.request("PUT", "/v1/namespace", { body: { properties } });
    assert.equal(put.status, 200);
    assert.equal(put.body.properties.topicSpacesConfiguration.maximumClientSessionsPerAuthenticationName, 3);
    const sentBack = await world.request("PUT", "/v1/namespace", { body: put.body });
    assert.equal(sentBack.headers.get("etag"), put.headers.get("etag"));
    const wrong = { topicSpacesConfiguration: { maximumClientSessionsPerAuthenticationName: 101 } };
    assertProblem(await world.request("PUT", "/v1/namespace", { body: { properties: wrong } }), [
      400,
      "resource-invalid",
    ]);
  });

  it("are listed page by page, and filtered by name", async () => {
    await using world = await AdminWorld.start();
    for (const name of ["gamma", "alpha", "beta", "alphabet"]) {
      await world.request("PUT", `/v1/topicSpaces/${name}`, { body: space });
    }
    const names: string[] = [];
    let next: string | undefined = "/v1/topicSpaces?$top=3&api-version=2025-02-15";
    const sizes: number[] = [];
    while (next !== undefined) {
      const { body }: Answer = await world.request("GET", next);
      sizes.push(body.value.length);
      names.push(...body.value.map(({ name }: { name: string }) => name));
      next = body.nextLink;
    }
    assert.deepEqual(sizes, [3, 1]);
    assert.deepEqual(names, ["alpha", "alphabet", "beta", "gamma"]);
    const filter = encodeURIComponent("contains(name, 'ALPHA') and name ne 'alphabet'");
    const { body } = await world.request("GET", `/v1/topicSpaces?$filter=${filter}`);
    assert.deepEqual(body.value.map(({ name }: { name: string }) => name), ["alpha"]);
    const encoded = await world.request("GET", "/v1/topicSpaces?%24top=1");
    assert.equal(encoded.body.value.length, 1);
    const bad = ["$top=0", "$top=1001", "$top=x", "$filter=name%20is%20x", "$skipToken=%21", "$top=1&$top=2"];
    for (const query of bad) {
      assertProblem(await world.request("GET", `/v1/topicSpaces?${query}`), [400, "parameter-invalid"]);
    }
  });

  it("take no method and no path that is not theirs", async () => {
    await using world = await AdminWorld.start();
    const posted = await world.request("POST", "/v1/clients/a", { body: client });
    assertProblem(posted, [405, "method-not-allowed"]);
    assert.equal(posted.headers.get("allow"), "GET, HEAD, PUT, PATCH, DELETE");
    for (const path of ["/v1/", "/v1/nothing", "/v1/clients/a/b", "/v1/namespace/ns1", "/v1/clients/"]) {
      assertProblem(await world.request("GET", path), [404, "not-found"]);
    }
    assert.equal((await world.request("HEAD", "/v1/clients")).status, 200);
  });

  it("change nothing when the store refuses, and say no more than that", async () => {
    await using world = await AdminWorld.start();
    world.store.broken = true;
    const answer = await world.request("PUT", "/v1/clients/a", { body: client });
    assertProblem(answer, [500, "internal-error"]);
    assert.doesNotMatch(JSON.stringify(answer.body), /disk/);
    assert.equal(world.failures.length, 1);
    assert.equal((await world.request("GET", "/v1/clients/a")).status, 404);
  });
});

describe("the management API's sessions", () => {
  function session(clientId: string, connected: boolean) {
    return {
      clientId,
      connected,
      ...connected ? { address: "127.0.0.1:4711", protocol: "MQTT 5.0", transport: "tcp" } : {},
      subscriptions: 1,
      queue: { messages: 2, bytes: 30 },
      inFlight: 1,
      drops: { "queue-full": 4 },
      subscriptionList: [{ topicFilter: "a/#", qos: 1 as const }],
    };
  }

  it("are listed, read by their percent-encoded identifier, disconnected and ended", async () => {
    await using world = await AdminWorld.start();
    for (const [id, connected] of [["a/b", true], ["c", false], ["d", true]] as const) {
      world.sessions.sessions.set(id, session(id, connected));
    }
    const ids = async (path: string) => {
      const { body } = await world.request("GET", path);
      return body.value.map(({ clientId }: { clientId: string }) => clientId);
    };
    assert.deepEqual(await ids("/v1/sessions"), ["a/b", "c", "d"]);
    assert.deepEqual(await ids("/v1/connections"), ["a/b", "d"]);
    assert.deepEqual(await ids("/v1/sessions?filter=name%20eq%20'c'"), ["c"]);
    const first = await world.request("GET", "/v1/sessions?$top=2");
    assert.deepEqual((await world.request("GET", first.body.nextLink)).body.value.length, 1);
    const one = await world.request("GET", "/v1/sessions/a%2Fb");
    assert.deepEqual(one.body, session("a/b", true));
    assertProblem(await world.request("GET", "/v1/connections/c"), [404, "resource-not-found"]);
    assert.equal((await world.request("DELETE", "/v1/connections/a%2Fb")).status, 204);
    assert.deepEqual(world.sessions.disconnected, ["a/b"]);
    assertProblem(await world.request("DELETE", "/v1/connections/c"), [404, "resource-not-found"]);
    assert.equal((await world.request("DELETE", "/v1/sessions/c/queue")).status, 204);
    assert.deepEqual(world.sessions.cleared, ["c"]);
    assertProblem(await world.request("GET", "/v1/sessions/c/queue"), [405, "method-not-allowed"]);
    assertProblem(await world.request("DELETE", "/v1/sessions/x/queue"), [404, "resource-not-found"]);
    assertProblem(await world.request("DELETE", "/v1/sessions/c/other"), [404, "not-found"]);
    assert.equal((await world.request("DELETE", "/v1/sessions/c")).status, 204);
    assert.deepEqual(world.sessions.ended, ["c"]);
    assertProblem(await world.request("DELETE", "/v1/sessions/c"), [404, "resource-not-found"]);
  });
});

describe("HTTP Publish by an operator", () => {
  const publish = (world: AdminWorld, headers: Record<string, string>) =>
    fetch(`${world.url}/mqtt/messages?topic=a`, { method: "POST", body: "x", headers });

  it("needs a full token while anonymous is off", async () => {
    await using world = await AdminWorld.start({ anonymous: "off" });
    assert.equal((await publish(world, {})).status, 401);
    assert.equal((await publish(world, { authorization: "Bearer wrong" })).status, 401);
    assert.equal((await publish(world, { authorization: `Bearer ${world.readOnly}` })).status, 403);
    assert.deepEqual(world.published, []);
    assert.equal((await publish(world, { authorization: `Bearer ${world.full}` })).status, 204);
    assert.deepEqual(world.published.map(({ principal }) => principal), ["$operator"]);
  });

  it("does not take a wrong token for none where anonymous callers may publish", async () => {
    await using world = await AdminWorld.start();
    assert.equal((await publish(world, { authorization: "Bearer wrong" })).status, 401);
    assert.equal((await publish(world, {})).status, 204);
    assert.deepEqual(world.published.map(({ principal }) => principal), ["$anonymous"]);
  });
});
