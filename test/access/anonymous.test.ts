import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { anonymousAccess } from "../../src/access/anonymous.ts";
import type { ResourceType } from "../../src/access/resource.ts";
import { caClient, pem, put, remove, world } from "./world.ts";

describe("anonymousAccess() (DESIGN §4)", () => {
  it("is loopback while there is nothing, or nothing that lets anyone in", async () => {
    const its = await world();
    assert.equal(anonymousAccess(undefined, its.registry.resources), "loopback");
    await put(its, "clientGroups", "group1", { query: "true" });
    await put(its, "topicSpaces", "space1", { topicTemplates: ["a"] });
    await put(its, "namespace", "ns1", { topicSpacesConfiguration: { maximumSessionExpiryInHours: 2 } });
    assert.equal(anonymousAccess(undefined, its.registry.resources), "loopback");
  });

  const deciding: readonly [ResourceType, unknown][] = [
    ["clients", caClient],
    ["users", { password: "x" }],
    ["caCertificates", { encodedCertificate: pem() }],
    ["permissionBindings", { clientGroupName: "$all", topicSpaceName: "space1", permission: "Publisher" }],
  ];
  for (const [type, properties] of deciding) {
    it(`is off as soon as there is one of ${type}, and loopback again behind the last`, async () => {
      const its = await world();
      await put(its, "topicSpaces", "space1", { topicTemplates: ["a"] });
      await put(its, type, "name1", properties);
      assert.equal(anonymousAccess(undefined, its.registry.resources), "off");
      await remove(its, type, "name1");
      assert.equal(anonymousAccess(undefined, its.registry.resources), "loopback");
    });
  }

  it("is off when certificates may name clients", async () => {
    const its = await world();
    const clientAuthentication = { alternativeAuthenticationNameSources: ["ClientCertificateDns"] };
    await put(its, "namespace", "ns1", { topicSpacesConfiguration: { clientAuthentication } });
    assert.equal(anonymousAccess(undefined, its.registry.resources), "off");
  });

  it("is what the configuration says, if it says anything", async () => {
    const its = await world();
    await put(its, "users", "ann", { password: "x" });
    for (const configured of ["loopback", "on", "off"] as const) {
      assert.equal(anonymousAccess(configured, its.registry.resources), configured);
    }
  });
});
