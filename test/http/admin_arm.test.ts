/** The management API under the long paths of Azure's API. event-grid: specification §20, §21. */

import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { samples } from "../interop/azure/samples.ts";
import { AdminWorld, type Answer, ARM_NAMESPACE } from "./admin_world.ts";

const VERSION = "?api-version=2025-02-15";

function assertArmError({ status, body, headers }: Answer, expected: [number, string]): void {
  assert.equal(headers.get("content-type"), "application/json");
  assert.deepEqual(Object.keys(body), ["error"]);
  assert.equal(typeof body.error.message, "string");
  assert.deepEqual([status, body.error.code], expected);
}

describe("the long paths", () => {
  for (const [name, resources] of Object.entries(samples)) {
    it(`take the payloads of ${name}`, async () => {
      await using world = await AdminWorld.start();
      for (const [place, properties] of Object.entries(resources)) {
        const path = `${ARM_NAMESPACE}/${place}`;
        const made = await world.request("PUT", path + VERSION, { body: { properties } });
        assert.equal(made.status, 201, `${place}: ${JSON.stringify(made.body)}`);
        assert.equal(made.body.id, path);
        assert.equal(made.body.properties.provisioningState, "Succeeded");
        const again = await world.request("PUT", path + VERSION, { body: { properties } });
        assert.equal(again.status, 200);
      }
      for (const place of Object.keys(resources).toReversed()) {
        assert.equal((await world.request("DELETE", `${ARM_NAMESPACE}/${place}${VERSION}`)).status, 204);
      }
    });
  }

  it("take the samples' certificate without line feeds, and tell when it holds", async () => {
    await using world = await AdminWorld.start();
    const encodedCertificate = `-----BEGIN CERTIFICATE-----${btoa("a certificate")}-----END CERTIFICATE-----`;
    const path = `${ARM_NAMESPACE}/caCertificates/Intermediate01`;
    const made = await world.request("PUT", path, { body: { properties: { encodedCertificate } } });
    assert.equal(made.status, 201);
    assert.equal(made.body.properties.encodedCertificate, encodedCertificate);
    assert.equal(made.body.properties.expiryTimeInUtc, "2036-01-01T00:00:00Z");
    assert.equal((await world.request("PUT", path, { body: made.body })).status, 200);
  });

  it("take the samples' namespace with location, SKU, tags and identity", async () => {
    await using world = await AdminWorld.start();
    const put = await world.request("PUT", ARM_NAMESPACE + VERSION, {
      body: {
        location: "westeurope",
        tags: { purpose: "test" },
        sku: { name: "Standard", capacity: 1 },
        identity: { type: "SystemAssigned" },
        properties: {
          isZoneRedundant: true,
          publicNetworkAccess: "Enabled",
          topicsConfiguration: {},
          topicSpacesConfiguration: { state: "Enabled", routingIdentityInfo: null },
        },
      },
    });
    assert.equal(put.status, 200);
    assert.equal(put.body.type, "Microsoft.EventGrid/namespaces");
    assert.equal(put.body.properties.topicSpacesConfiguration.state, "Enabled");
    const listed = await world.request("GET", ARM_NAMESPACE.replace(/\/ns1$/, "") + VERSION);
    assert.deepEqual(listed.body, { value: [put.body] });
  });

  it("and the short ones are the same resources, with the same answers", async () => {
    await using world = await AdminWorld.start();
    const body = { properties: { topicTemplates: ["a"] } };
    const long = await world.request("PUT", `${ARM_NAMESPACE}/topicSpaces/space`, { body });
    const short = await world.request("GET", "/v1/topicSpaces/space");
    assert.deepEqual([short.body, short.headers.get("etag")], [long.body, long.headers.get("etag")]);
    const lists = [
      await world.request("GET", "/v1/topicSpaces"),
      await world.request("GET", `${ARM_NAMESPACE}/topicSpaces`),
    ];
    assert.deepEqual(lists[0]?.body, lists[1]?.body);
  });

  it("are read ignoring case, as Azure does", async () => {
    await using world = await AdminWorld.start();
    const path = `${ARM_NAMESPACE}/topicspaces/Space-1`.replace("resourceGroups", "resourcegroups")
      .replace("Microsoft.EventGrid", "microsoft.eventgrid").replace("ns1", "NS1");
    const made = await world.request("PUT", path, { body: { properties: { topicTemplates: ["a"] } } });
    assert.equal(made.body.id, `${ARM_NAMESPACE}/topicSpaces/Space-1`);
    assert.equal((await world.request("GET", `${ARM_NAMESPACE}/topicSpaces/SPACE-1`)).body.name, "Space-1");
  });

  it("page through a list by nextLink", async () => {
    await using world = await AdminWorld.start();
    for (const name of ["one", "two"]) {
      await world.request("PUT", `${ARM_NAMESPACE}/topicSpaces/${name}`, {
        body: { properties: { topicTemplates: ["a"] } },
      });
    }
    const first = await world.request("GET", `${ARM_NAMESPACE}/topicSpaces${VERSION}&$top=1`);
    assert.match(first.body.nextLink, /api-version=2025-02-15&\$top=1&\$skipToken=/);
    const second = await world.request("GET", first.body.nextLink);
    assert.deepEqual([second.body.value[0].name, second.body.nextLink], ["two", undefined]);
  });

  it("tell errors in Azure's shape", async () => {
    await using world = await AdminWorld.start();
    const space = `${ARM_NAMESPACE}/topicSpaces/space`;
    const unknown = await fetch(world.url + space);
    assert.equal(unknown.status, 401);
    assert.equal(unknown.headers.get("www-authenticate"), "Bearer");
    assert.equal((await unknown.json()).error.code, "AuthenticationFailed");
    const reader = { authorization: `Bearer ${world.readOnly}` };
    assertArmError(await world.request("DELETE", space, { headers: reader }), [403, "AuthorizationFailed"]);
    assertArmError(await world.request("GET", space), [404, "ResourceNotFound"]);
    assertArmError(await world.request("PUT", space, { body: "{" }), [400, "InvalidRequestContent"]);
    assertArmError(await world.request("PUT", space, { body: "[]" }), [400, "InvalidRequestContent"]);
    assertArmError(await world.request("PUT", space, { body: { propertes: {} } }), [
      400,
      "InvalidRequestContent",
    ]);
    const invalid = await world.request("PUT", space, {
      body: { properties: { topicTemplates: ["a/#/b"] } },
    });
    assertArmError(invalid, [400, "InvalidRequest"]);
    assert.deepEqual(
      invalid.body.error.details.map(({ code, target }: Record<string, string>) => [code, target]),
      [
        ["TemplateInvalid", "properties.topicTemplates.0"],
      ],
    );
    const stale = { headers: { "if-match": '"x"' }, body: { properties: { topicTemplates: ["a"] } } };
    assertArmError(await world.request("PUT", space, stale), [412, "PreconditionFailed"]);
    assertArmError(await world.request("DELETE", ARM_NAMESPACE), [409, "Conflict"]);
    assertArmError(await world.request("GET", `${space}?api-version=latest`), [
      400,
      "InvalidRequestParameter",
    ]);
    assertArmError(await world.request("POST", space, { body: {} }), [405, "MethodNotAllowed"]);
    world.store.broken = true;
    const failed = await world.request("PUT", space, { body: { properties: { topicTemplates: ["a"] } } });
    assertArmError(failed, [500, "InternalServerError"]);
    assert.equal(world.failures.length, 1);
  });

  it("lead to this namespace alone", async () => {
    await using world = await AdminWorld.start();
    for (
      const path of [
        ARM_NAMESPACE.replace("ns1", "ns2"),
        ARM_NAMESPACE.replace("heliograph", "other"),
        ARM_NAMESPACE.replace("00000000", "10000000"),
        ARM_NAMESPACE.replace("EventGrid", "EventHub"),
        `${ARM_NAMESPACE}/topics`,
        `${ARM_NAMESPACE}/namespace`,
        `${ARM_NAMESPACE}/topicSpaces/a/b`,
        "/subscriptions/00000000-0000-0000-0000-000000000000",
      ]
    ) {
      assertArmError(await world.request("GET", path), [404, "ResourceNotFound"]);
    }
  });
});
