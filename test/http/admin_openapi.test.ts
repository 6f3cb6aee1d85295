/** The description of the management API, held to what the API does. */

import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { managedTypes } from "../../src/http/admin/ports.ts";
import { AdminWorld } from "./admin_world.ts";

// deno-lint-ignore no-explicit-any
type Json = any;

async function described(world: AdminWorld): Promise<Json> {
  const response = await fetch(`${world.url}/openapi.json`);
  assert.equal(response.headers.get("content-type"), "application/json");
  return await response.json();
}

describe("/openapi.json", () => {
  it("describes every type under both addresses, in OpenAPI 3.1", async () => {
    await using world = await AdminWorld.start();
    const document = await described(world);
    assert.match(document.openapi, /^3\.1\.\d+$/);
    const paths = Object.keys(document.paths);
    for (const type of managedTypes.filter((one) => one !== "namespace")) {
      assert.ok(paths.includes(`/v1/${type}/{name}`), type);
      assert.ok(paths.some((path) => path.endsWith(`/namespaces/{namespace}/${type}/{name}`)), type);
    }
    const operations: Json[] = Object.values(document.paths).flatMap((path: Json) => Object.values(path));
    const ids = operations.flatMap(({ operationId }) => operationId ?? []);
    assert.equal(new Set(ids).size, ids.length);
  });

  it("refers to nothing that it does not hold, and names every variable of a path", async () => {
    await using world = await AdminWorld.start();
    const document = await described(world);
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = ""]) =>
      path
    );
    assert.ok(references.length > 50);
    for (const reference of references) {
      assert.notEqual(at(document, reference.split("/")), undefined, reference);
    }
    for (const [path, item] of Object.entries<Json>(document.paths)) {
      const variables = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const named = (item.parameters ?? []).filter((one: Json) => one.in === "path").map((one: Json) =>
        one.name
      );
      assert.deepEqual(named, variables, path);
    }
  });

  it("says of bodies what the schemas that read them say", async () => {
    await using world = await AdminWorld.start();
    const { components: { schemas } } = await described(world);
    const client = schemas["clients-input"].properties.properties;
    assert.deepEqual(client.required, ["clientCertificateAuthentication"]);
    assert.deepEqual(client.properties.state.enum, ["Enabled", "Disabled"]);
    assert.equal(client.additionalProperties, false);
    const scheme = client.properties.clientCertificateAuthentication;
    assert.deepEqual(scheme.required, ["validationScheme"]);
    assert.equal(schemas["permissionBindings-input"].properties.properties.required.length, 3);
    assert.equal("password" in schemas["users-input"].properties.properties.properties, true);
    assert.equal("password" in schemas["users-resource"].properties.properties.properties, false);
  });
});

function at(document: Json, path: readonly string[]): Json {
  return path.reduce((value, part) => value?.[part], document);
}
