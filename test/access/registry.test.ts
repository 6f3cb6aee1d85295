import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { Refusal } from "../../src/access/refusal.ts";
import { isRefused, type Registry } from "../../src/access/registry.ts";
import { StoredResourceUnreadable } from "../../src/access/restore.ts";
import { caClient, change, MemoryStore, put, refused, remove, type World, world } from "./world.ts";

const group = { query: "true" };
const space = { topicTemplates: ["a/#"] };
const binding = { clientGroupName: "group1", topicSpaceName: "space1", permission: "Publisher" };

describe("Registry", () => {
  it("keeps a resource in the store before it is in force, and tells of it then", async () => {
    const its = await world();
    let seen: unknown;
    its.registry.listen(([change]) => {
      assert.equal(its.store.kept.get("clientGroups/group1")?.json, JSON.stringify(group));
      seen = its.registry.resources.get("clientGroups", "group1");
      assert.equal(seen, change?.after);
    });
    const { after } = await put(its, "clientGroups", "group1", group);
    assert.equal(seen, after);
    assert.equal(its.told.length, 1);
  });

  it("changes nothing when the store fails, and goes on", async () => {
    const its = await world();
    its.store.failing = true;
    await assert.rejects(its.registry.put("clientGroups", "group1", { properties: group }), /disk full/);
    assert.equal(its.registry.resources.get("clientGroups", "group1"), undefined);
    assert.deepEqual(its.told, []);
    its.store.failing = false;
    await put(its, "clientGroups", "group1", group);
  });

  it("has the same resources and tags after a restart", async () => {
    const its = await world();
    await put(its, "clientGroups", "Group1", group);
    await put(its, "topicSpaces", "space1", space);
    await put(its, "clients", "client1", caClient);
    await put(its, "users", "ann", { password: "x" });
    await put(its, "permissionBindings", "binding1", binding);
    await put(its, "namespace", "ns1", { topicSpacesConfiguration: { maximumSessionExpiryInHours: 3 } });
    await put(its, "clientGroups", "gone", group);
    await remove(its, "clientGroups", "GONE");
    const again = await world({ store: its.store });
    for (
      const type of [
        "clientGroups",
        "topicSpaces",
        "clients",
        "users",
        "permissionBindings",
        "namespace",
      ] as const
    ) {
      assert.deepEqual([...again.registry.resources.all(type)], [...its.registry.resources.all(type)]);
    }
    assert.equal([...again.registry.resources.bindingsOfGroup("GROUP1")].length, 1);
    assert.equal(again.registry.resources.clientByAuthenticationName("CLIENT1")?.name, "client1");
  });

  it("does not start with what it cannot read", async () => {
    for (
      const stored of [{ type: "clients", json: "{" }, { type: "clients", json: "5" }, {
        type: "other",
        json: "{}",
      }]
    ) {
      const store = new MemoryStore();
      store.kept.set("x", { name: "x", etag: "x", ...stored });
      await assert.rejects(world({ store }), StoredResourceUnreadable);
    }
  });

  it("leaves a resource alone that says already what is wanted, whatever the order of its keys", async () => {
    const its = await world();
    const { after } = await put(its, "clients", "client1", {
      ...caClient,
      attributes: { a: 1, b: ["x", "y"] },
    });
    const again = await put(its, "clients", "client1", { attributes: { b: ["x", "y"], a: 1 }, ...caClient });
    assert.equal(again.after, after);
    assert.equal(again.before, after);
    assert.equal(its.told.length, 1);
    assert.equal(its.store.writes.length, 1);
    await put(its, "clients", "client1", { ...caClient, attributes: { a: 1, b: ["y", "x"] } });
    assert.equal(its.told.length, 2);
  });

  it("finds nothing to delete where there is nothing", async () => {
    const its = await world();
    await refused(its.registry.remove("clients", "nobody"), "resource-not-found");
  });

  it("runs changes one after another, so that of two creations one meets the other", async () => {
    const its = await world();
    const create = () =>
      its.registry.put("clientGroups", "group1", { properties: group, conditions: { ifNoneMatch: "*" } });
    const [first, second] = await Promise.all([create(), create()]);
    assert.ok(!(first instanceof Refusal));
    assert.ok(second instanceof Refusal && second.code === "precondition-failed");
  });

  it("stops telling a listener that has left", async () => {
    const its = await world();
    let told = 0;
    const leave = its.registry.listen(() => void (told += 1));
    await put(its, "clientGroups", "group1", group);
    leave();
    await put(its, "clientGroups", "group2", group);
    assert.equal(told, 1);
  });
});

describe("If-Match and If-None-Match (RFC 9110 §13.1)", () => {
  async function versions(): Promise<World> {
    const its = await world();
    await put(its, "clientGroups", "group1", group);
    return its;
  }
  const changed = { query: "attributes.x = 1" };

  it("let a change through that names the version that is there", async () => {
    const its = await versions();
    for (const ifMatch of [["v1"], ["v0", "v2"], "*"] as const) {
      const query = `attributes.x = ${its.told.length}`;
      const done = await its.registry.put("clientGroups", "group1", {
        properties: { query },
        conditions: { ifMatch },
      });
      assert.ok(!(done instanceof Refusal), String(done));
    }
    assert.ok(!(await its.registry.remove("clientGroups", "group1", { ifMatch: ["v4"] }) instanceof Refusal));
  });

  it("refuse every other change, of what is not there too", async () => {
    const its = await versions();
    const conditions = { ifMatch: ["v0"] };
    await refused(
      its.registry.put("clientGroups", "group1", { properties: changed, conditions }),
      "precondition-failed",
    );
    await refused(its.registry.remove("clientGroups", "group1", conditions), "precondition-failed");
    for (const ifMatch of [["v1"], "*"] as const) {
      await refused(
        its.registry.put("clientGroups", "group2", { properties: changed, conditions: { ifMatch } }),
        "precondition-failed",
      );
      await refused(its.registry.remove("clientGroups", "group2", { ifMatch }), "precondition-failed");
    }
    for (const ifNoneMatch of [["v1"], "*"] as const) {
      await refused(
        its.registry.put("clientGroups", "group1", { properties: changed, conditions: { ifNoneMatch } }),
        "precondition-failed",
      );
    }
    assert.deepEqual(its.registry.resources.get("clientGroups", "group1")?.properties, group);
  });

  it("hold for a change that would change nothing", async () => {
    const its = await versions();
    const conditions = { ifMatch: ["v0"] };
    await refused(
      its.registry.put("clientGroups", "group1", { properties: group, conditions }),
      "precondition-failed",
    );
  });

  it("never meet a tag again, also when a resource is deleted and made anew", async () => {
    const its = await versions();
    await remove(its, "clientGroups", "group1");
    const { after } = await put(its, "clientGroups", "group1", group);
    assert.notEqual(after?.etag, "v1");
  });
});

describe("limits", () => {
  it("keep resources from being added beyond them, and not from being changed or replaced", async () => {
    const its = await world({ limits: { clientGroupsMax: 2 } });
    await put(its, "clientGroups", "group1", group);
    await put(its, "clientGroups", "group2", group);
    const refusal = await refused(
      its.registry.put("clientGroups", "group3", { properties: group }),
      "limit-reached",
    );
    assert.equal(refusal.detail, "Cannot add clientGroups/group3: there are at most 2 clientGroups");
    await put(its, "clientGroups", "group2", { query: "attributes.x = 1" });
    await change(
      its,
      { type: "clientGroups", name: "group3", wanted: { properties: group } },
      { type: "clientGroups", name: "group2", wanted: "removed" },
    );
    assert.equal(its.registry.resources.count("clientGroups"), 2);
  });

  it("name those that are too many", async () => {
    const its = await world({ limits: { clientGroupsMax: 2 } });
    const names = ["group1", "group2", "group3", "group4"];
    const answer = await its.registry.change(
      names.map((name) => ({ type: "clientGroups", name, wanted: { properties: group } })),
    );
    assert.ok(isRefused(answer));
    assert.deepEqual(answer.map(({ code, resource }) => [code, resource.name]), [
      ["limit-reached", "group3"],
      ["limit-reached", "group4"],
    ]);
    assert.equal(its.registry.resources.count("clientGroups"), 0);
  });
});

describe("Registry.change()", () => {
  const puts = (
    type: "clientGroups" | "topicSpaces" | "permissionBindings",
    name: string,
    properties: unknown,
  ) => ({ type, name, wanted: { properties } }) as const;

  it("does several things at once, in any order, and tells of them together", async () => {
    const its = await world();
    await change(
      its,
      puts("permissionBindings", "binding1", binding),
      puts("topicSpaces", "space1", space),
      puts("clientGroups", "group1", group),
    );
    assert.equal(its.told.length, 1);
    assert.equal(its.store.writes.length, 1);
    await change(
      its,
      { type: "clientGroups", name: "group1", wanted: "removed" },
      { type: "topicSpaces", name: "space1", wanted: "removed" },
      { type: "permissionBindings", name: "binding1", wanted: "removed" },
    );
    assert.equal(its.registry.resources.count("permissionBindings"), 0);
  });

  it("does nothing if one of them is refused, and says all that is wrong", async () => {
    const its = await world();
    await put(its, "clientGroups", "old", group);
    await put(its, "topicSpaces", "space1", space);
    await put(its, "permissionBindings", "binding1", { ...binding, clientGroupName: "old" });
    const before = [...its.store.kept];
    const answer = await its.registry.change([
      puts("clientGroups", "new", group),
      puts("clientGroups", "new-2", { query: "(" }),
      puts("permissionBindings", "binding2", { ...binding, clientGroupName: "new-2" }),
      puts("permissionBindings", "binding3", { ...binding, clientGroupName: "never" }),
      { type: "clientGroups", name: "old", wanted: "removed" },
      { type: "clients", name: "nobody", wanted: "removed" },
    ]);
    assert.ok(isRefused(answer));
    // binding2 names a group that is to be there and is at fault itself: that is one fault, not two.
    assert.deepEqual(answer.map(({ code, resource }) => `${code} ${resource.name}`).toSorted(), [
      "resource-in-use old",
      "resource-invalid binding3",
      "resource-invalid new-2",
      "resource-not-found nobody",
    ]);
    assert.deepEqual([...its.store.kept], before);
    assert.equal(its.registry.resources.get("clientGroups", "new"), undefined);
    assert.equal([...its.registry.resources.bindingsOfGroup("old")].length, 1);
    assert.equal(its.told.length, 3);
  });

  it("gives a name that one client loses to another", async () => {
    const its = await world();
    await put(its, "clients", "a", { ...caClient, authenticationName: "x" });
    await change(
      its,
      { type: "clients", name: "b", wanted: { properties: { ...caClient, authenticationName: "X" } } },
      { type: "clients", name: "a", wanted: "removed" },
    );
    assert.equal(its.registry.resources.clientByAuthenticationName("x")?.name, "b");
  });

  it("leaves every name with its owner when a batch is refused that would have moved it", async () => {
    const its = await world();
    await put(its, "clients", "a", { ...caClient, authenticationName: "x" });
    const answer = await its.registry.change([
      { type: "clients", name: "b", wanted: { properties: { ...caClient, authenticationName: "X" } } },
      { type: "clients", name: "a", wanted: "removed" },
      puts("permissionBindings", "binding1", binding),
    ]);
    assert.ok(isRefused(answer));
    assert.equal(its.registry.resources.clientByAuthenticationName("x")?.name, "a");
    assert.deepEqual([...its.registry.resources.all("clients")].map(({ name }) => name), ["a"]);
    assert.deepEqual([...its.registry.resources.bindingsOfGroup("group1")], []);
  });

  it("refuses two clients of one authentication name, and one resource twice", async () => {
    const its = await world();
    const answer = await its.registry.change([
      { type: "clients", name: "a", wanted: { properties: { ...caClient, authenticationName: "x" } } },
      { type: "clients", name: "b", wanted: { properties: { ...caClient, authenticationName: "X" } } },
      puts("clientGroups", "group1", group),
      puts("clientGroups", "GROUP1", group),
    ]);
    assert.ok(isRefused(answer));
    assert.deepEqual(answer.map(({ code, resource }) => `${code} ${resource.name}`), [
      "resource-invalid GROUP1",
      "name-taken b",
    ]);
  });

  it("can be seen beforehand, without anything being done", async () => {
    const its = await world();
    const wanted = [puts("clientGroups", "group1", group)];
    const seen = await its.registry.preview(wanted);
    assert.ok(!isRefused(seen));
    assert.deepEqual(seen.map(({ before, after }) => [before, after?.properties]), [[undefined, group]]);
    assert.equal(its.registry.resources.count("clientGroups"), 0);
    assert.deepEqual(its.store.writes, []);
    assert.ok(isRefused(await its.registry.preview([puts("clientGroups", "group1", {})])));
  });
});

describe("Registry.list()", () => {
  const names = (registry: Registry, top: number, after?: string) =>
    registry.list("clientGroups", { top, after }).items.map(({ name }) => name);

  it("gives pages in the order of the names, whatever happens in between", async () => {
    const its = await world();
    for (const name of ["ccc", "Bbb", "aaa", "ddd"]) await put(its, "clientGroups", name, group);
    const first = its.registry.list("clientGroups", { top: 2 });
    assert.deepEqual(first.items.map(({ name }) => name), ["aaa", "Bbb"]);
    assert.equal(first.next, "Bbb");
    await remove(its, "clientGroups", "bbb");
    await put(its, "clientGroups", "bbc", group);
    assert.deepEqual(names(its.registry, 2, first.next), ["bbc", "ccc"]);
    assert.deepEqual(names(its.registry, 2, "ccc"), ["ddd"]);
    assert.equal(its.registry.list("clientGroups", { top: 1, after: "ccc" }).next, undefined);
    assert.deepEqual(names(its.registry, 2, "zzz"), []);
  });

  it("gives what a filter accepts, and full pages of it", async () => {
    const its = await world();
    for (const name of ["a-1", "b-1", "a-2", "b-2", "a-3"]) await put(its, "clientGroups", name, group);
    const accepts = ({ name }: { name: string }) => name.startsWith("a");
    const page = its.registry.list("clientGroups", { top: 2, accepts });
    assert.deepEqual(page.items.map(({ name }) => name), ["a-1", "a-2"]);
    const last = its.registry.list("clientGroups", { top: 2, after: page.next, accepts });
    assert.deepEqual(last.items.map(({ name }) => name), ["a-3"]);
    assert.equal(last.next, undefined);
  });

  it("reads each name once, in order, for every size of page", async () => {
    const its = await world();
    const all = Array.from({ length: 20 }, (_, index) => `group-${index}`).toSorted();
    for (const name of all.toReversed()) await put(its, "clientGroups", name, group);
    fc.assert(fc.property(fc.integer({ min: 1, max: 25 }), (top) => {
      const read: string[] = [];
      let after: string | undefined;
      do {
        const page = its.registry.list("clientGroups", { top, after });
        read.push(...page.items.map(({ name }) => name));
        after = page.next;
      } while (after !== undefined);
      assert.deepEqual(read, all);
    }));
  });
});
