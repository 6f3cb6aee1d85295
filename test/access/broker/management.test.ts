/** The management API in front of a real broker. */
import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { deno, startFlags } from "../../cli/process.ts";
import { fresh, publish } from "../../dialogue/mod.ts";
import { type Answer, useGovernedBroker } from "./governed.ts";

const ARM =
  "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/heliograph/providers/Microsoft.EventGrid/namespaces/ns1";

describe("the management API of a broker", () => {
  const broker = useGovernedBroker({ flags: ["--hostname", "broker.example"] });

  it("wants an operator token, on loopback too", async () => {
    for (const path of ["/v1/clients", "/v1/sessions", `${ARM}/clients`]) {
      assert.equal((await broker.request("GET", path, undefined, "")).status, 401);
      assert.equal((await broker.request("GET", path, undefined, "guess")).status, 401);
    }
    assert.equal((await broker.request("GET", "/openapi.json", undefined, "")).body.openapi, "3.1.0");
    for (const path of ["/readyz", "/healthz"]) {
      assert.equal((await broker.request("GET", path, undefined, "")).status, 200);
    }
  });

  it("takes bodies of Azure's samples on the long paths, and tells the host name", async () => {
    const properties = {
      state: "Enabled",
      authenticationName: "sample_client",
      clientCertificateAuthentication: { validationScheme: "SubjectMatchesAuthenticationName" },
    };
    const made = await broker.request("PUT", `${ARM}/clients/sample?api-version=2025-02-15`, { properties });
    assert.equal(made.status, 201);
    assert.equal(made.body.id, `${ARM}/clients/sample`);
    await broker.joins("sample_client");
    const namespace = await broker.request("GET", "/v1/namespace");
    assert.equal(namespace.body.properties.topicSpacesConfiguration.hostname, "broker.example");
  });

  it("lists connections and sessions, disconnects, clears queues and ends sessions", async () => {
    const name = fresh("device");
    const clientId = `a/b ${name}`;
    await broker.register(name);
    const kept = { cleanStart: false, properties: { sessionExpiryInterval: 600 }, clientId };
    const client = await broker.joins(name, kept);
    const path = (kind: string) => `/v1/${kind}/${encodeURIComponent(clientId)}`;
    const { body } = await broker.request("GET", path("connections"));
    assert.equal(body.clientId, clientId);
    assert.equal(body.connected, true);
    assert.equal(body.authenticationName, name);
    const listed = async (kind: string) =>
      ((await broker.request("GET", `/v1/${kind}`)).body as { value: { clientId: string }[] }).value
        .some((session) => session.clientId === clientId);
    assert.ok(await listed("connections"));
    assert.equal((await broker.request("DELETE", path("connections"))).status, 204);
    await client.isDisconnected(0x98);
    assert.ok(!await listed("connections"));
    assert.ok(await listed("sessions"));
    assert.equal((await broker.request("DELETE", `${path("sessions")}/queue`)).status, 204);
    assert.equal((await broker.request("DELETE", path("sessions"))).status, 204);
    assert.equal((await broker.request("GET", path("sessions"))).status, 404);
  });

  it("lets an operator publish while nobody else may without credentials", async () => {
    const name = fresh("device");
    await broker.register(name);
    await broker.binds(fresh("read"), { verb: "Subscriber", templates: ["news/#"] });
    const client = await broker.joins(name);
    await client.subscribes("news/#");
    const post = (token?: string): Promise<Answer> =>
      broker.request("POST", "/mqtt/messages?topic=news/today", "x", token);
    assert.equal((await post("")).status, 401);
    assert.equal((await post()).status, 204);
    await client.receives(
      publish("news/today", { payload: "x", properties: { contentType: "application/json" } }),
    );
  });

  it("is what `heliograph apply`, `get`, `user add` and `token` talk to", async () => {
    const url = ["--url", `http://${broker.address("http")}`];
    const run = async (...args: readonly string[]) => {
      await using program = deno([...await startFlags(), ...args, ...url], {
        HELIOGRAPH_TOKEN: broker.token,
      });
      const lines = await program.linesUntil(() => true).catch(() => []);
      assert.equal(await program.code, 0, await program.stderr);
      return lines;
    };
    const folder = await Deno.makeTempDir();
    const file = `${folder}/applied.yaml`;
    await Deno.writeTextFile(
      file,
      'type: clientGroups\nname: applied\nproperties: { query: "attributes.x = 1" }\n',
    );
    await run("apply", "-f", file, "--dry-run");
    assert.equal((await broker.request("GET", "/v1/clientGroups/applied")).status, 404);
    await run("apply", "-f", file);
    assert.equal((await broker.request("GET", "/v1/clientGroups/applied")).status, 200);
    assert.equal((await run("get", "clientGroups", "applied"))[0], "type: clientGroups");
    const [token = ""] = await run("token", "create", "--read-only");
    assert.equal((await broker.request("GET", "/v1/clients", undefined, token)).status, 200);
    assert.equal((await broker.request("DELETE", "/v1/clientGroups/applied", undefined, token)).status, 403);
    await Deno.remove(folder, { recursive: true });
  });
});
