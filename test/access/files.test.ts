import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { FileFaults } from "../../src/access/file_fault.ts";
import { applyPlan, type Plan, planFiles, planText } from "../../src/access/plan.ts";
import { caClient, put, type World, world } from "./world.ts";

function file(text: string, path = "namespace.yaml") {
  return { path, text };
}

async function plan(its: World, text: string, { prune = false } = {}): Promise<Plan> {
  const planned = await planFiles(its.registry, [file(text)], { prune });
  assert.ok(!(planned instanceof FileFaults), String(planned));
  return planned;
}

async function apply(its: World, text: string, options: { prune?: boolean } = {}): Promise<void> {
  const applied = await applyPlan(its.registry, await plan(its, text, options));
  assert.ok(!(applied instanceof FileFaults), String(applied));
}

async function faults(its: World, ...texts: string[]): Promise<string[]> {
  const files = texts.map((text, index) => file(text, `${index + 1}.yaml`));
  const planned = await planFiles(its.registry, files, { prune: false });
  assert.ok(planned instanceof FileFaults, "faults were expected");
  return String(planned).split("\n");
}

const vehicles = `
type: permissionBindings
name: vehiclesPub
properties: { clientGroupName: trucks, topicSpaceName: vehicles, permission: Publisher }
---
type: topicSpaces
name: vehicles
properties:
  topicTemplates: [ "vehicles/\${client.authenticationName}/#", vehicles/all ]
---
type: clientGroups
name: trucks
properties:
  query: attributes.type = "truck"
---
type: clients
name: truck1
properties:
  clientCertificateAuthentication: { validationScheme: SubjectMatchesAuthenticationName }
  attributes: { type: truck, axles: 3 }
---
type: users
name: ann
properties: { password: secret }
---
type: namespace
name: ns1
properties:
  topicSpacesConfiguration: { maximumClientSessionsPerAuthenticationName: 3 }
`;

describe("resource files", () => {
  it("are applied whatever the order of their documents, together", async () => {
    const its = await world();
    await apply(its, vehicles);
    assert.equal(its.told.length, 1);
    assert.deepEqual(its.registry.resources.get("permissionBindings", "vehiclesPub")?.properties, {
      clientGroupName: "trucks",
      topicSpaceName: "vehicles",
      permission: "Publisher",
    });
    assert.equal(
      its.registry.resources.get("namespace", "")?.properties.topicSpacesConfiguration
        .maximumClientSessionsPerAuthenticationName,
      3,
    );
  });

  it("change nothing when they are applied again", async () => {
    const its = await world();
    await apply(its, vehicles);
    assert.equal(planText(await plan(its, vehicles)), "0 to create, 0 to update, 0 to delete, 6 unchanged");
    await apply(its, vehicles);
    assert.equal(its.told.length, 1);
    assert.equal(its.store.writes.length, 1);
  });

  it("may be JSON, have comments and empty documents, or say nothing", async () => {
    const its = await world();
    assert.equal((await plan(its, "")).requests.length, 0);
    assert.equal((await plan(its, "# nothing\n---\n---\n")).requests.length, 0);
    const json = JSON.stringify({ type: "clients", name: "client1", properties: caClient });
    assert.deepEqual((await plan(its, json)).steps.map(({ action, name }) => [action, name]), [[
      "create",
      "client1",
    ]]);
  });

  it("need no name for the namespace, and take any", async () => {
    const its = await world();
    for (const name of ["", "name: other\n"]) {
      const { steps } = await plan(its, `type: namespace\n${name}properties: { isZoneRedundant: true }`);
      assert.deepEqual(steps.map(({ action, name }) => [action, name]), [["update", "ns1"]]);
    }
  });

  it("say so of an alias that stands within what it stands for", async () => {
    const its = await world();
    const found = await faults(
      its,
      "type: users\nname: ann\nproperties: &all { attributes: { again: *all } }\n",
    );
    assert.deepEqual(found, [
      "1.yaml, document 1: Cannot read the document: an alias stands within what it stands for",
    ]);
  });

  it("name every fault with file, document and path", async () => {
    const its = await world();
    const found = await faults(
      its,
      `type: client\nname: a\nproperties: {}\n---\nname: b\npropertys: {}\n---\n- 5\n---\n` +
        `type: users\nname: ann\nproperties: a password\n`,
      `type: clientGroups\nname: group1\nproperties: { query: "attributes.x ==" }\n---\n` +
        `type: clients\nname: 12\nproperties: {}\n---\n` +
        `type: permissionBindings\nname: bind1\n` +
        `properties: { clientGroupName: group1, topicSpaceName: nowhere, permission: Publish }\n`,
    );
    assert.deepEqual(found, [
      '1.yaml, document 1: Cannot use "client" for type: use one of namespace, caCertificates, clientGroups, ' +
      "topicSpaces, clients, users, permissionBindings, roleAssignments",
      "1.yaml, document 2: Cannot do without type: use one of namespace, caCertificates, clientGroups, topicSpaces, " +
      "clients, users, permissionBindings, roleAssignments",
      "1.yaml, document 2: Cannot do without properties: use a mapping, the body of the resource",
      "1.yaml, document 2: Cannot use the key propertys: use properties",
      "1.yaml, document 3: Cannot use [5] for the document: use a mapping with the keys type, name, properties",
      '1.yaml, document 4: Cannot use "(hidden)" for properties: use a mapping, the body of the resource',
      "2.yaml, document 2: Cannot use 12 for name: use the name of the resource, in quotes if it looks like a number",
      '2.yaml, document 1: Cannot use "attributes.x ==" for properties.query at character 15: use a text in quotes or ' +
      "a whole number",
      '2.yaml, document 3: Cannot use "Publish" for properties.permission: use one of Publisher, Subscriber',
    ]);
    assert.equal(its.told.length, 0);
  });

  it("say where they are not YAML", async () => {
    const its = await world();
    const [broken, ...others] = await faults(its, `type: clients\nname: [\n`);
    assert.match(broken ?? "", /^1\.yaml, document 1: Cannot read line \d+, column \d+: /);
    assert.deepEqual(others.filter((line) => !line.startsWith("1.yaml, document 1: Cannot read")), []);
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n` +
      ["b", "c", "d", "e", "f"].map((key, index) => {
        const previous = String.fromCharCode(96 + index + 1);
        return `${key}: &${key} [${Array(9).fill(`*${previous}`).join()}]\n`;
      }).join("");
    assert.match((await faults(its, bomb))[0] ?? "", /alias/i);
    assert.match((await faults(its, "type: users\ntype: users\n"))[0] ?? "", /unique/);
  });

  it("name what does not fit together: references, names that are taken, documents that repeat others", async () => {
    const its = await world();
    await put(its, "clients", "old", { ...caClient, authenticationName: "taken" });
    const found = await faults(
      its,
      `type: permissionBindings\nname: bind1\n` +
        `properties: { clientGroupName: nobody, topicSpaceName: nowhere, permission: Publisher }\n---\n` +
        `type: clients\nname: Taken\nproperties:\n` +
        `  clientCertificateAuthentication: { validationScheme: SubjectMatchesAuthenticationName }\n`,
    );
    assert.deepEqual(found, [
      '1.yaml, document 2: Cannot use "Taken" for properties.authenticationName: the client old has it, ignoring case',
      '1.yaml, document 1: Cannot use "nobody" for properties.clientGroupName: use the name of a client group that ' +
      "exists",
      '1.yaml, document 1: Cannot use "nowhere" for properties.topicSpaceName: use the name of a topic space that ' +
      "exists",
    ]);
    const group = (name: string) => `type: clientGroups\nname: ${name}\nproperties: { query: "true" }\n`;
    assert.deepEqual(await faults(its, group("group1"), group("group2") + "---\n" + group("GROUP1")), [
      "2.yaml, document 2: Cannot use clientGroups/GROUP1 twice: it is document 1 of 1.yaml already",
    ]);
  });

  it("do not count it as a second fault that what can't be read is missing", async () => {
    const its = await world();
    const binding = `type: permissionBindings\nname: bind1\n` +
      `properties: { clientGroupName: group1, topicSpaceName: space1, permission: Publisher }\n`;
    const space = `type: topicSpaces\nname: space1\nproperties: { topicTemplates: ["#/a"] }\n`;
    const group = `type: clientGroups\nname: group1\n`;
    assert.deepEqual(await faults(its, binding, space, group), [
      "3.yaml, document 1: Cannot do without properties: use a mapping, the body of the resource",
      '2.yaml, document 1: Cannot use "#/a" for properties.topicTemplates.0 at character 1: use # only as the whole ' +
      "last level",
    ]);
  });

  it("tell nothing of passwords", async () => {
    const its = await world();
    const text = (password: string) => `type: users\nname: ann\nproperties: { password: ${password} }`;
    assert.equal(
      planText(await plan(its, text("secret"))),
      'create users/ann\n    + state: "Enabled"\n    + attributes: {}\n    + password: "(hidden)"\n' +
        "1 to create, 0 to update, 0 to delete, 0 unchanged",
    );
    await apply(its, text("secret"));
    assert.equal(
      planText(await plan(its, text("other"))),
      'update users/ann\n    - password: "(hidden)"\n    + password: "(hidden)"\n' +
        "0 to create, 1 to update, 0 to delete, 0 unchanged",
    );
    assert.doesNotMatch((await faults(its, text("[swordfish]"))).join(), /swordfish/);
  });
});

describe("planFiles() with prune", () => {
  it("deletes what no document is for, but never the namespace", async () => {
    const its = await world();
    await apply(its, vehicles);
    const kept = `type: clients\nname: truck2\nproperties:\n` +
      `  authenticationName: TRUCK1\n  clientCertificateAuthentication: { validationScheme: UriMatchesAuthenticationName }\n`;
    const { steps } = await plan(its, kept, { prune: true });
    assert.deepEqual(steps.map(({ action, type, name }) => `${action} ${type}/${name}`), [
      "create clients/truck2",
      "delete clientGroups/trucks",
      "delete topicSpaces/vehicles",
      "delete clients/truck1",
      "delete users/ann",
      "delete permissionBindings/vehiclesPub",
    ]);
    await apply(its, kept, { prune: true });
    assert.equal(its.registry.resources.clientByAuthenticationName("truck1")?.name, "truck2");
    assert.equal(its.registry.resources.count("permissionBindings"), 0);
    assert.equal(its.registry.resources.count("namespace"), 1);
  });

  it("replaces everything within the limits", async () => {
    const its = await world({ limits: { clientGroupsMax: 1 } });
    const group = (name: string) => `type: clientGroups\nname: ${name}\nproperties: { query: "true" }\n`;
    await apply(its, group("one"));
    await apply(its, group("two"), { prune: true });
    assert.deepEqual([...its.registry.resources.all("clientGroups")].map(({ name }) => name), ["two"]);
  });

  it("says what keeps it from deleting", async () => {
    const its = await world();
    await apply(its, vehicles);
    const binding = vehicles.slice(0, vehicles.indexOf("---"));
    const planned = await planFiles(its.registry, [file(binding)], { prune: true });
    assert.deepEqual(String(planned).split("\n"), [
      "--prune: Cannot delete clientGroups/trucks: delete permission bindings vehiclesPub first",
      "--prune: Cannot delete topicSpaces/vehicles: delete permission bindings vehiclesPub first",
    ]);
  });

  it("deletes nothing because of a document that cannot be read", async () => {
    const its = await world();
    await apply(its, vehicles);
    const binding = vehicles.slice(0, vehicles.indexOf("---"));
    const planned = await planFiles(its.registry, [file(`${binding}---\ntype: clients\n`)], { prune: true });
    assert.ok(planned instanceof FileFaults);
    assert.deepEqual([...new Set(planned.faults.map(({ file, document }) => `${file} ${document}`))], [
      "namespace.yaml 2",
    ]);
  });
});

describe("planText()", () => {
  it("shows each value that is another", async () => {
    const its = await world();
    await apply(its, vehicles);
    const changed = vehicles
      .replace("axles: 3", "axles: 4, colour: red")
      .replace(", vehicles/all", "")
      .replace("maximumClientSessionsPerAuthenticationName: 3", "state: Disabled");
    assert.deepEqual(planText(await plan(its, changed)).split("\n"), [
      "update topicSpaces/vehicles",
      '    - topicTemplates.1: "vehicles/all"',
      "update clients/truck1",
      "    - attributes.axles: 3",
      "    + attributes.axles: 4",
      '    + attributes.colour: "red"',
      "update namespace/ns1",
      '    - topicSpacesConfiguration.state: "Enabled"',
      '    + topicSpacesConfiguration.state: "Disabled"',
      "    - topicSpacesConfiguration.maximumClientSessionsPerAuthenticationName: 3",
      "    + topicSpacesConfiguration.maximumClientSessionsPerAuthenticationName: 1",
      "0 to create, 3 to update, 0 to delete, 3 unchanged",
    ]);
  });

  it("keeps values from pretending to be lines of their own", async () => {
    const its = await world();
    const text = planText(
      await plan(
        its,
        `type: topicSpaces\nname: spc\nproperties: { topicTemplates: ["a\\ndelete x/y"], description: ${
          "x".repeat(500)
        } }`,
      ),
    );
    assert.doesNotMatch(text, /^delete/m);
    assert.ok(text.length < 300);
  });
});

describe("applyPlan()", () => {
  it("is refused if somebody else was faster, and does nothing then", async () => {
    const its = await world();
    await apply(its, vehicles);
    const planned = await plan(its, vehicles.replace("axles: 3", "axles: 4").replace('truck"', 'lorry"'));
    await put(its, "clients", "truck1", { ...caClient, attributes: { axles: 9 } });
    const applied = await applyPlan(its.registry, planned);
    assert.ok(applied instanceof FileFaults);
    assert.deepEqual(applied.faults.map(({ code, document }) => [code, document]), [[
      "precondition-failed",
      4,
    ]]);
    assert.equal(
      its.registry.resources.get("clientGroups", "trucks")?.properties.query,
      'attributes.type = "truck"',
    );
  });
});
