import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { type Evidence, type Impact, impactOf, touchesAuthentication } from "../../src/access/impact.ts";
import { ownerOf } from "../../src/access/principal.ts";
import type { ResourceChange } from "../../src/access/directory.ts";
import { roleGroupsOfSpace } from "../../src/access/role_group.ts";
import { caClient, pem, put, remove, type World, world } from "./world.ts";

const a: Evidence = {
  principal: { kind: "client", authenticationName: "A" },
  certificateAuthorities: ["ca-1"],
  namedByCertificate: false,
};
const b: Evidence = {
  principal: { kind: "client", authenticationName: "b" },
  certificateAuthorities: [],
  namedByCertificate: true,
};
const ann: Evidence = {
  principal: { kind: "user", authenticationName: "ann" },
  certificateAuthorities: [],
  namedByCertificate: false,
};
const vouched: Evidence = {
  principal: { kind: "external", authenticationName: "a", attributes: {} },
  certificateAuthorities: [],
  namedByCertificate: false,
};
const vouchedUser: Evidence = {
  principal: { kind: "external", authenticationName: "ANN", attributes: {} },
  certificateAuthorities: [],
  namedByCertificate: false,
};
const nobody: Evidence = {
  principal: { kind: "anonymous" },
  certificateAuthorities: [],
  namedByCertificate: false,
};
const everyone = { a, b, ann, vouched, vouchedUser, nobody };

async function filledWorld(): Promise<World> {
  const its = await world();
  await put(its, "clients", "c-a", { ...caClient, authenticationName: "a" });
  await put(its, "clients", "c-b", { ...caClient, authenticationName: "B" });
  await put(its, "users", "Ann", { password: "x" });
  await put(its, "caCertificates", "CA-1", { encodedCertificate: pem() });
  return its;
}

function impact({ registry }: World, ...changes: ResourceChange[]): Impact {
  return impactOf(changes, registry.resources);
}

/** Who has to prove again who they are. */
function touched(found: Impact): string[] {
  return Object.entries(everyone).filter(([, evidence]) => touchesAuthentication(found, evidence)).map((
    [who],
  ) => who);
}

describe("touchesAuthentication() (specification §3.7)", () => {
  it("touches the client that is disabled, gone, or has to show another proof", async () => {
    const its = await filledWorld();
    const disabled = await put(its, "clients", "c-a", { ...caClient, state: "Disabled" });
    // Nor does anybody come in by its name on somebody else's word.
    assert.deepEqual(touched(impact(its, disabled)), ["a", "vouched"]);
    const scheme = { clientCertificateAuthentication: { validationScheme: "DnsMatchesAuthenticationName" } };
    assert.deepEqual(touched(impact(its, await put(its, "clients", "c-b", scheme))), ["b"]);
    assert.deepEqual(touched(impact(its, await remove(its, "clients", "c-b"))), ["b"]);
  });

  it("touches nobody by attributes and descriptions", async () => {
    const its = await filledWorld();
    const described = await put(its, "clients", "c-a", {
      ...caClient,
      description: "x",
      attributes: { x: 1 },
    });
    assert.deepEqual(touched(impact(its, described)), []);
    const authority = await put(its, "caCertificates", "ca-1", {
      encodedCertificate: pem(),
      description: "x",
    });
    assert.deepEqual(touched(impact(its, authority)), []);
  });

  it("touches the user whose password is another, or who is disabled or gone", async () => {
    const its = await filledWorld();
    for (const body of [{ password: "y" }, { state: "Disabled" }]) {
      const change = await put(its, "users", "ANN", body);
      assert.deepEqual(touched(impact(its, change)), ["ann", "vouchedUser"]);
    }
    assert.deepEqual(touched(impact(its, await remove(its, "users", "ann"))), ["ann", "vouchedUser"]);
  });

  it("touches whoever rests on a CA certificate that is another, revokes others, or is gone", async () => {
    const its = await filledWorld();
    const changes = [
      await put(its, "caCertificates", "ca-1", { encodedCertificate: pem("other") }),
      await put(its, "caCertificates", "ca-1", {
        encodedCertificate: pem("other"),
        encodedCertificateRevocationList: pem("list", "X509 CRL"),
      }),
      await remove(its, "caCertificates", "CA-1"),
    ];
    for (const change of changes) assert.deepEqual(touched(impact(its, change)), ["a"]);
    const added = await put(its, "caCertificates", "ca-1", { encodedCertificate: pem() });
    assert.deepEqual(touched(impact(its, added)), []);
  });

  it("touches whoever was named by a certificate when the sources of names are others", async () => {
    const its = await filledWorld();
    const sources = (...alternativeAuthenticationNameSources: string[]) => ({
      topicSpacesConfiguration: { clientAuthentication: { alternativeAuthenticationNameSources } },
    });
    const added = await put(its, "namespace", "ns1", sources("ClientCertificateDns"));
    assert.deepEqual(touched(impact(its, added)), ["b"]);
    const same = sources("ClientCertificateDns");
    const hours = { ...same.topicSpacesConfiguration, maximumSessionExpiryInHours: 2 };
    const longer = await put(its, "namespace", "ns1", { topicSpacesConfiguration: hours });
    assert.deepEqual(touched(impact(its, longer)), []);
  });
});

describe("impactOf()", () => {
  const binding = { clientGroupName: "Group1", topicSpaceName: "space1", permission: "Publisher" };

  it("finds whose attributes are others", async () => {
    const its = await filledWorld();
    const change = await put(its, "clients", "c-b", { ...caClient, attributes: { x: 1 } });
    assert.deepEqual(impact(its, change).rights.principals, new Set(["client b"]));
    const user = await put(its, "users", "Ann", { attributes: { x: 1 } });
    assert.deepEqual(impact(its, user).rights.principals, new Set(["user ann"]));
  });

  it("finds the groups whose members or rights are others", async () => {
    const its = await filledWorld();
    await put(its, "topicSpaces", "space1", { topicTemplates: ["a"] });
    await put(its, "topicSpaces", "space2", { topicTemplates: ["a"] });
    const group = await put(its, "clientGroups", "Group1", { query: "true" });
    assert.deepEqual(impact(its, group).rights.members, new Set(["group1"]));
    const first = await put(its, "permissionBindings", "binding1", binding);
    assert.deepEqual(impact(its, first).rights.grants, new Set(["group1"]));
    const moved = await put(its, "permissionBindings", "binding1", { ...binding, clientGroupName: "$all" });
    assert.deepEqual(impact(its, moved).rights.grants, new Set(["group1", "$all"]));
    const space = await put(its, "topicSpaces", "SPACE1", { topicTemplates: ["b"] });
    assert.deepEqual(impact(its, space).rights.grants, new Set(["$all", ...roleGroupsOfSpace("space1")]));
    const other = await put(its, "topicSpaces", "space2", { topicTemplates: ["b"] });
    assert.deepEqual(impact(its, other).rights, {
      principals: new Set(),
      members: new Set(),
      grants: new Set(roleGroupsOfSpace("space2")),
    });
  });
});

describe("ownerOf() (specification §2.3)", () => {
  it("is the same for one name in any case, however its owner comes in", () => {
    const owners = [
      ownerOf({ kind: "client", authenticationName: "Straße" }),
      ownerOf({ kind: "user", authenticationName: "STRASSE" }),
      ownerOf({ kind: "external", authenticationName: "strasse", attributes: {} }),
    ];
    assert.equal(new Set(owners).size, 1);
    assert.notEqual(ownerOf({ kind: "anonymous" }), owners[0]);
  });
});
