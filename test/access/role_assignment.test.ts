import assert from "node:assert/strict";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { anonymousAccess } from "../../src/access/anonymous.ts";
import { GrantTable } from "../../src/access/grants.ts";
import type { Principal } from "../../src/access/principal.ts";
import { ownerOf } from "../../src/access/principal.ts";
import { accessLimits } from "../../src/access/limits.ts";
import { Registry } from "../../src/access/registry.ts";
import { namespaceIdentityPreset, namespaceScope, readScope } from "../../src/access/scope.ts";
import { CoreDouble } from "./core_double.ts";
import {
  change,
  endpoints,
  faultsOfBody,
  inspector,
  issuerKeys,
  put,
  refused,
  remove,
  turningHasher,
  type World,
  world,
} from "./world.ts";

const PUBLISHER = "EventGrid TopicSpaces Publisher";
const SUBSCRIBER = "EventGrid TopicSpaces Subscriber";
const NAMESPACE = namespaceScope(namespaceIdentityPreset);
const OID = "11111111-aaaa-3333-4444-555555555555";

describe("role assignments (specification §3.3)", () => {
  it("are read with a role, a principal and a scope of this namespace", async () => {
    const its = await world();
    const [resourceGroup = ""] = NAMESPACE.split("/providers");
    const scopes = [NAMESPACE, `${NAMESPACE}/`, NAMESPACE.toUpperCase(), resourceGroup];
    const [subscription = ""] = NAMESPACE.split("/resourceGroups");
    for (const scope of [...scopes, subscription]) {
      await put(its, "roleAssignments", OID, { principalId: OID, role: PUBLISHER, scope });
    }
  });

  it("of an unknown role, without a principal, or for elsewhere are refused", async () => {
    const its = await world();
    const good = { principalId: OID, role: PUBLISHER, scope: NAMESPACE };
    const faults = (wrong: object) => faultsOfBody(its, "roleAssignments", { ...good, ...wrong });
    assert.deepEqual(await faults({ role: "Owner" }), ["wrong-value properties.role"]);
    assert.deepEqual(await faults({ principalId: "" }), ["wrong-value properties.principalId"]);
    assert.deepEqual(await faults({ principalId: undefined }), ["missing-value properties.principalId"]);
    assert.deepEqual(await faults({ roles: [] }), ["unknown-key properties.roles"]);
    const elsewhere = [
      "",
      "/",
      "ns1",
      NAMESPACE.slice(1),
      NAMESPACE.replace("ns1", "ns2"),
      NAMESPACE.replace("heliograph", "other"),
      NAMESPACE.replace("00000000-", "10000000-"),
      NAMESPACE.replace("Microsoft.EventGrid", "Microsoft.Storage"),
      `${NAMESPACE}/topicSpaces`,
      `${NAMESPACE}/topicSpaces/x`,
      `${NAMESPACE}/topicSpaces/vehicles/more`,
      `${NAMESPACE}/clients/vehicles`,
      `${NAMESPACE}//topicSpaces/vehicles`,
    ];
    for (const scope of elsewhere) {
      assert.deepEqual(await faults({ scope }), ["wrong-value properties.scope"], scope);
    }
  });

  it("need the topic space of their scope, and keep it from being deleted", async () => {
    const its = await world();
    const scope = `${NAMESPACE}/topicSpaces/Vehicles`;
    const body = { principalId: OID, role: SUBSCRIBER, scope };
    const refusal = await refused(
      its.registry.put("roleAssignments", "one", { properties: body }),
      "resource-invalid",
    );
    assert.deepEqual(refusal.faults.map(({ code, path }) => [code, path]), [[
      "reference-missing",
      "properties.scope",
    ]]);
    await change(
      its,
      { type: "roleAssignments", name: "one", wanted: { properties: body } },
      { type: "topicSpaces", name: "vehicles", wanted: { properties: { topicTemplates: ["vehicles/#"] } } },
    );
    const used = await refused(its.registry.remove("topicSpaces", "vehicles"), "resource-in-use");
    assert.match(used.detail, /delete role assignments one first/);
    await remove(its, "roleAssignments", "one");
    await remove(its, "topicSpaces", "vehicles");
  });

  it("turn anonymous access off", async () => {
    const its = await world();
    assert.equal(anonymousAccess(undefined, its.registry.resources), "loopback");
    await put(its, "roleAssignments", "one", { principalId: OID, role: PUBLISHER, scope: NAMESPACE });
    assert.equal(anonymousAccess(undefined, its.registry.resources), "off");
  });
});

describe("GrantTable with role assignments", () => {
  let its: World;
  let core: CoreDouble;
  let table: GrantTable;

  beforeEach(async () => {
    its = await world();
    [core, table] = grantsOf(its.registry);
    await put(its, "topicSpaces", "vehicles", {
      topicTemplates: ["vehicles/${client.authenticationName}/#"],
    });
    await put(its, "topicSpaces", "areas", { topicTemplates: ["areas/#"] });
  });

  function grantsOf(registry: Registry): [CoreDouble, GrantTable] {
    const core = new CoreDouble();
    const table = new GrantTable({ resources: registry.resources, engine: core, anonymous: () => "off" });
    registry.listen((changes) => void [...table.apply(changes)]);
    return [core, table];
  }

  function connect(session: string, principalId = OID): void {
    const principal: Principal = { kind: "oidc", issuer: "a", authenticationName: principalId };
    const holder = table.hold(principal);
    core.accept(session, holder.grant);
    table.attach(holder, session);
  }

  async function assign(name: string, role: string, scope = NAMESPACE, principalId = OID): Promise<void> {
    await put(its, "roleAssignments", name, { principalId, role, scope });
  }

  it("grant nothing to a principal without one, not even what $all may do", async () => {
    await put(its, "permissionBindings", "all", {
      clientGroupName: "$all",
      topicSpaceName: "areas",
      permission: "Publisher",
    });
    await assign("one", PUBLISHER, NAMESPACE, "another");
    connect("s1");
    assert.deepEqual(core.rights("s1"), []);
    assert.notEqual(core.sessions.get("s1")?.set, 0);
  });

  it("grant all topic spaces of the namespace, or the one of their scope", async () => {
    await assign("one", PUBLISHER);
    await assign("two", SUBSCRIBER, `${NAMESPACE}/topicSpaces/AREAS`);
    connect("s1");
    assert.deepEqual(core.rights("s1"), [
      "publish areas/#",
      `publish vehicles/${OID}/#`,
      "subscribe areas/#",
    ]);
  });

  it("mean the same GUID whatever its case, and other identifiers exactly", async () => {
    await assign("one", PUBLISHER, NAMESPACE, OID.toUpperCase());
    await assign("two", PUBLISHER, NAMESPACE, "Alice");
    connect("s1");
    connect("s2", "Alice");
    connect("s3", "alice");
    assert.equal(core.rights("s1").length, 2);
    assert.equal(core.rights("s2").length, 2);
    assert.equal(core.rights("s3").length, 0);
  });

  it("take effect on whoever is connected, and on nobody else", async () => {
    await assign("other", PUBLISHER, NAMESPACE, "another");
    connect("s1");
    connect("s2", "another");
    const told = core.sessions.get("s2");
    await assign("one", SUBSCRIBER, `${NAMESPACE}/topicSpaces/areas`);
    assert.deepEqual(core.rights("s1"), ["subscribe areas/#"]);
    await put(its, "roleAssignments", "one", { principalId: "another", role: SUBSCRIBER, scope: NAMESPACE });
    assert.deepEqual(core.rights("s1"), []);
    assert.equal(core.rights("s2").length, 4);
    await remove(its, "roleAssignments", "one");
    assert.deepEqual(core.sessions.get("s2"), told);
  });

  it("follow topic spaces that come, change and go", async () => {
    await assign("one", PUBLISHER);
    connect("s1");
    await put(its, "topicSpaces", "more", { topicTemplates: ["more"] });
    assert.ok(core.rights("s1").includes("publish more"));
    await put(its, "topicSpaces", "more", { topicTemplates: ["less/${client.authenticationName}"] });
    assert.ok(core.rights("s1").includes(`publish less/${OID}`));
    await remove(its, "topicSpaces", "more");
    assert.deepEqual(core.rights("s1"), ["publish areas/#", `publish vehicles/${OID}/#`]);
  });

  it("share one permission set among all who have the same role", async () => {
    for (let index = 0; index < 20; index += 1) {
      await assign(`one-${index}`, PUBLISHER, NAMESPACE, `principal${index}`);
      connect(`s${index}`, `principal${index}`);
    }
    assert.equal(new Set([...core.sessions.values()].map(({ set }) => set)).size, 1);
  });

  it("grant nothing once the namespace is called otherwise", async () => {
    await assign("one", PUBLISHER);
    const renamed = await Registry.open({
      store: its.store,
      limits: accessLimits.standard,
      passwords: turningHasher,
      certificates: inspector,
      issuerKeys,
      endpoints,
      identity: { ...namespaceIdentityPreset, namespace: "ns2" },
    });
    [core, table] = grantsOf(renamed);
    connect("s1");
    assert.deepEqual(core.rights("s1"), []);
  });
});

describe("ownerOf() with OIDC principals", () => {
  it("mixes up nobody: neither a client of the same name, nor names that differ in case", () => {
    const oidc = (authenticationName: string, issuer = "a") =>
      ownerOf({ kind: "oidc", issuer, authenticationName });
    const client = (authenticationName: string) => ownerOf({ kind: "client", authenticationName });
    assert.notEqual(oidc("device1"), client("device1"));
    assert.notEqual(oidc("device1"), client("OIDC device1"));
    assert.notEqual(oidc("Alice"), oidc("alice"));
    assert.equal(oidc(OID), oidc(OID.toUpperCase()));
    assert.notEqual(oidc(OID), oidc(OID, "b"));
    assert.notEqual(oidc('b","c', "a"), oidc("c", 'a","b'));
  });
});

describe("readScope()", () => {
  it("tells the topic space, or that all are meant", () => {
    const read = (scope: string) => readScope(scope, namespaceIdentityPreset);
    assert.deepEqual(read(`${NAMESPACE}/topicSpaces/a-b`), { topicSpaceName: "a-b" });
    assert.deepEqual(read(NAMESPACE), { topicSpaceName: undefined });
    assert.equal(read("/subscriptions/"), undefined);
  });
});
