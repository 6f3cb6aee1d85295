import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { AnonymousAccess } from "../../src/access/anonymous.ts";
import { GrantTable, type Holder } from "../../src/access/grants.ts";
import type { Principal } from "../../src/access/principal.ts";
import { CoreDouble } from "./core_double.ts";
import { caClient, change, put, remove, type World, world } from "./world.ts";

interface Rights extends World {
  readonly core: CoreDouble;
  readonly table: GrantTable;
  readonly anonymity: { access: AnonymousAccess };
}

async function rights(options: { idleTemplatesMax?: number } = {}): Promise<Rights> {
  const its = await world();
  const core = new CoreDouble();
  const anonymity: Rights["anonymity"] = { access: "off" };
  const { resources } = its.registry;
  const table = new GrantTable({ resources, engine: core, anonymous: () => anonymity.access, ...options });
  its.registry.listen((changes) => void [...table.apply(changes)]);
  return { ...its, core, anonymity, table };
}

/** From now on, anonymous clients are taken from elsewhere. */
function admit({ anonymity, table }: Rights, access: AnonymousAccess): void {
  anonymity.access = access;
  void [...table.apply([])];
}

/** A client connects, and its session is there. */
function connect({ core, table }: Rights, session: string, principal: Principal): Holder {
  const holder = table.hold(principal);
  core.accept(session, holder.grant);
  table.attach(holder, session);
  return holder;
}

function client(authenticationName: string): Principal {
  return { kind: "client", authenticationName };
}

async function register(its: World, name: string, attributes: Record<string, unknown> = {}): Promise<void> {
  await put(its, "clients", name, { ...caClient, attributes });
}

async function space(its: World, name: string, ...topicTemplates: string[]): Promise<void> {
  await put(its, "topicSpaces", name, { topicTemplates });
}

async function bind(
  its: World,
  name: string,
  [group, verb, space]: readonly [string, string, string],
): Promise<void> {
  const permission = verb === "publish" ? "Publisher" : "Subscriber";
  await put(its, "permissionBindings", name, { clientGroupName: group, topicSpaceName: space, permission });
}

/** `a` and `b` are sensors, `c` is not; sensors publish under their names. */
async function sensors(): Promise<Rights> {
  const its = await rights();
  await register(its, "a", { type: "sensor", floor: 1 });
  await register(its, "b", { type: "sensor", floor: 2 });
  await register(its, "c", { type: "app" });
  await put(its, "clientGroups", "sensors", { query: "attributes.type = 'sensor'" });
  await space(its, "own", "sensors/${client.authenticationName}/#");
  await bind(its, "bind-own", ["sensors", "publish", "own"]);
  return its;
}

describe("GrantTable.hold()", () => {
  it("grants nothing by default", async () => {
    const its = await rights();
    await register(its, "a");
    connect(its, "s1", client("a"));
    assert.deepEqual(its.core.rights("s1"), []);
    assert.notEqual(its.core.sessions.get("s1")?.set, 0);
  });

  it("grants what the bindings of a client's groups say, with its own values", async () => {
    const its = await sensors();
    await space(its, "floors", "floors/${client.attributes.floor}/+", "floors/all");
    await bind(its, "bind-floors", ["$all", "subscribe", "floors"]);
    for (const name of ["a", "b", "c"]) connect(its, name, client(name));
    assert.deepEqual(its.core.rights("a"), [
      "publish sensors/a/#",
      "subscribe floors/1/+",
      "subscribe floors/all",
    ]);
    assert.deepEqual(its.core.rights("b"), [
      "publish sensors/b/#",
      "subscribe floors/2/+",
      "subscribe floors/all",
    ]);
    assert.deepEqual(its.core.rights("c"), ["subscribe floors/all"]);
  });

  it("lets everyone of the same groups share a set", async () => {
    const its = await sensors();
    const [a, b, c] = ["a", "b", "c"].map((name) => connect(its, name, client(name)).grant);
    assert.equal(a?.set, b?.set);
    assert.notEqual(a?.set, c?.set);
    assert.deepEqual([a?.values, b?.values, c?.values], [["a"], ["b"], []]);
  });

  it("looks a client up ignoring case, and puts its name in as it was registered", async () => {
    const its = await sensors();
    await register(its, "Tank", { type: "sensor" });
    connect(its, "s1", client("TANK"));
    assert.deepEqual(its.core.rights("s1"), ["publish sensors/Tank/#"]);
  });

  it("gives a list, an empty text and a missing attribute no value", async () => {
    const its = await rights();
    await space(
      its,
      "spc",
      "x/${client.attributes.list}",
      "y/${client.attributes.empty}",
      "z/${client.attributes.no}",
    );
    await bind(its, "bind", ["$all", "publish", "spc"]);
    await register(its, "a", { list: ["one"], empty: "" });
    const { grant } = connect(its, "s1", client("a"));
    assert.deepEqual(grant.values, ["", "", ""]);
    assert.deepEqual(its.core.rights("s1"), []);
  });

  it("counts users and whoever is vouched for as $all, with their attributes", async () => {
    const its = await sensors();
    await space(its, "floors", "floors/${client.attributes.floor}");
    await bind(its, "bind-floors", ["$all", "subscribe", "floors"]);
    await put(its, "users", "Ann", { password: "x", attributes: { floor: 7, type: "sensor" } });
    connect(its, "s1", { kind: "user", authenticationName: "ann" });
    connect(its, "s2", { kind: "external", authenticationName: "oid-1", attributes: { floor: 8 } });
    assert.deepEqual(its.core.rights("s1"), ["publish sensors/Ann/#", "subscribe floors/7"]);
    assert.deepEqual(its.core.rights("s2"), ["subscribe floors/8"]);
  });

  it("keeps the groups $all and $anonymous apart", async () => {
    const its = await rights();
    admit(its, "on");
    await space(its, "one", "one/#", "me/${client.authenticationName}");
    await space(its, "two", "two/#");
    await bind(its, "bind-1", ["$anonymous", "publish", "one"]);
    await bind(its, "bind-2", ["$all", "publish", "two"]);
    connect(its, "s1", { kind: "anonymous" });
    await register(its, "a");
    connect(its, "s2", client("a"));
    assert.deepEqual(its.core.rights("s1"), ["publish one/#"]);
    assert.deepEqual(its.core.rights("s2"), ["publish two/#"]);
  });

  it("names each template once, however many bindings grant it", async () => {
    const its = await sensors();
    await space(its, "more", "sensors/${client.authenticationName}/#", "x");
    await bind(its, "bind-again", ["sensors", "publish", "own"]);
    await bind(its, "bind-more", ["SENSORS", "publish", "more"]);
    const { grant } = connect(its, "s1", client("a"));
    assert.deepEqual(its.core.sets.get(grant.set)?.publish, ["sensors/${client.authenticationName}/#", "x"]);
  });
});

describe("GrantTable.apply()", () => {
  it("takes what a change of group, space, binding or attribute takes, and gives what it gives", async () => {
    const its = await sensors();
    connect(its, "s1", client("a"));
    await space(its, "own", "other/#");
    assert.deepEqual(its.core.rights("s1"), ["publish other/#"]);
    await put(its, "clientGroups", "sensors", { query: "attributes.type = 'app'" });
    assert.deepEqual(its.core.rights("s1"), []);
    await register(its, "a", { type: "app" });
    assert.deepEqual(its.core.rights("s1"), ["publish other/#"]);
    await bind(its, "bind-own", ["sensors", "subscribe", "own"]);
    assert.deepEqual(its.core.rights("s1"), ["subscribe other/#"]);
    await remove(its, "permissionBindings", "bind-own");
    assert.deepEqual(its.core.rights("s1"), []);
    await bind(its, "bind-own", ["$all", "publish", "own"]);
    assert.deepEqual(its.core.rights("s1"), ["publish other/#"]);
  });

  it("takes everything from a client that is deleted, and gives it back with the client", async () => {
    const its = await sensors();
    await bind(its, "bind-all", ["$all", "subscribe", "own"]);
    connect(its, "s1", client("a"));
    await remove(its, "clients", "a");
    assert.deepEqual(its.core.rights("s1"), []);
    await register(its, "A", { type: "sensor" });
    assert.deepEqual(its.core.rights("s1"), ["publish sensors/A/#", "subscribe sensors/A/#"]);
  });

  it("takes a disabled client's rights as a deleted one's, and gives them back", async () => {
    const its = await sensors();
    connect(its, "s1", client("a"));
    const attributes = { type: "sensor", floor: 1 };
    await put(its, "clients", "a", { ...caClient, state: "Disabled", attributes });
    assert.deepEqual(its.core.rights("s1"), []);
    await put(its, "clients", "a", { ...caClient, attributes });
    assert.deepEqual(its.core.rights("s1"), ["publish sensors/a/#"]);
  });

  it("tells the core of nobody whose rights stay as they are", async () => {
    const its = await sensors();
    for (const name of ["a", "b", "c"]) connect(its, name, client(name));
    its.core.calls.length = 0;
    await put(its, "clientGroups", "unbound", { query: "true" });
    await space(its, "unbound", "x/#");
    await put(its, "clientGroups", "sensors", {
      query: "attributes.type = 'sensor'",
      description: "the same",
    });
    await bind(its, "bind-twice", ["sensors", "publish", "own"]);
    await put(its, "clients", "c", { ...caClient, attributes: { type: "app", other: 1 } });
    await put(its, "namespace", "ns1", { topicSpacesConfiguration: { maximumSessionExpiryInHours: 2 } });
    await put(its, "users", "ann", { password: "x" });
    assert.deepEqual(its.core.calls, []);
    await register(its, "a", { type: "sensor", floor: 9 });
    assert.deepEqual(its.core.calls, []);
    await put(its, "clientGroups", "sensors", {
      query: "attributes.type = 'sensor' and attributes.floor < 5",
    });
    assert.deepEqual(its.core.calls, ["regrant a"]);
  });

  it("changes templates with the same variables in place, with one call for all who share them", async () => {
    const its = await sensors();
    const before = connect(its, "a", client("a")).grant;
    connect(its, "b", client("b"));
    its.core.calls.length = 0;
    await space(its, "own", "devices/${client.authenticationName}/#");
    assert.deepEqual(its.core.calls, [`set ${before.set}`]);
    assert.deepEqual(its.core.rights("b"), ["publish devices/b/#"]);
  });

  it("moves everyone to another set when its variables are others, so that no value meets another's place", async () => {
    const its = await sensors();
    const before = connect(its, "a", client("a")).grant;
    await space(its, "own", "${client.attributes.floor}/${client.authenticationName}");
    const after = its.table.holderOf("a")?.grant;
    assert.notEqual(after?.set, before.set);
    assert.deepEqual(after?.values, ["1", "a"]);
    assert.deepEqual(its.core.sets.get(before.set)?.publish, []);
  });

  it("does several changes at once, without the state in between", async () => {
    const its = await sensors();
    connect(its, "a", client("a"));
    const seen = new Set<string>();
    its.core.onChange = () => seen.add(its.core.rights("a").join());
    await change(
      its,
      { type: "permissionBindings", name: "bind-own", wanted: "removed" },
      {
        type: "permissionBindings",
        name: "bind-new",
        wanted: { properties: { clientGroupName: "$all", topicSpaceName: "own", permission: "Publisher" } },
      },
    );
    assert.deepEqual([...seen], ["publish sensors/a/#"]);
  });

  it("tells the session of what changed between its decision and its beginning", async () => {
    const its = await sensors();
    const holder = its.table.hold(client("a"));
    its.core.accept("s1", holder.grant);
    await register(its, "a", { type: "app" });
    its.table.attach(holder, "s1");
    assert.deepEqual(its.core.rights("s1"), []);
  });
});

describe("anonymous clients", () => {
  const anonymous: Principal = { kind: "anonymous" };

  it("may do everything, what $anonymous may, or nothing, as access changes", async () => {
    const its = await rights();
    admit(its, "loopback");
    await space(its, "public", "public/#");
    await bind(its, "bind", ["$anonymous", "subscribe", "public"]);
    connect(its, "s1", anonymous);
    assert.deepEqual(its.core.rights("s1"), ["everything"]);
    admit(its, "on");
    assert.deepEqual(its.core.rights("s1"), ["subscribe public/#"]);
    admit(its, "off");
    assert.deepEqual(its.core.rights("s1"), []);
    await bind(its, "bind-2", ["$anonymous", "publish", "public"]);
    assert.deepEqual(its.core.rights("s1"), []);
    admit(its, "loopback");
    assert.deepEqual(its.core.rights("s1"), ["everything"]);
  });
});

describe("permission sets", () => {
  it("are kept for whoever comes back, up to a number of templates", async () => {
    const its = await rights({ idleTemplatesMax: 2 });
    await space(its, "spc", "x/#");
    for (const name of ["a", "b", "c"]) {
      await register(its, name);
      await put(its, "clientGroups", `only-${name}`, { query: `authenticationName = '${name}'` });
      await bind(its, `bind-${name}`, [`only-${name}`, "publish", "spc"]);
    }
    const holder = connect(its, "a", client("a"));
    its.table.release(holder);
    its.core.calls.length = 0;
    its.table.release(connect(its, "a", client("a")));
    assert.deepEqual(its.core.calls, []);
    its.table.release(connect(its, "b", client("b")));
    assert.equal(its.table.sets, 1);
    assert.deepEqual(its.core.sets.get(holder.grant.set)?.publish, []);
    its.table.release(connect(its, "b", client("b")));
    assert.equal(its.table.sets, 1);
  });

  it("have small numbers, and rest before they are somebody else's", async () => {
    const its = await rights({ idleTemplatesMax: 0 });
    await register(its, "a");
    const numbers = Array.from({ length: 200 }, () => {
      const holder = connect(its, "s1", client("a"));
      its.table.release(holder);
      return holder.grant.set;
    });
    assert.deepEqual(new Set(numbers.slice(0, 65)).size, 65);
    assert.ok(Math.max(...numbers) <= 66);
  });

  it("stay while a session has them, whoever else leaves; releasing twice does no harm", async () => {
    const its = await sensors();
    const first = connect(its, "s1", client("a"));
    connect(its, "s2", client("a"));
    its.table.release(first);
    its.table.release(first);
    await space(its, "own", "other/#");
    assert.deepEqual(its.core.rights("s2"), ["publish other/#"]);
  });

  it("go from a session's old rights to its new ones when it is taken over", async () => {
    const its = await sensors();
    const before = connect(its, "s1", client("a"));
    const after = connect(its, "s1", client("a"));
    assert.equal(its.table.holderOf("s1"), after);
    its.table.release(before);
    assert.equal(its.table.holderOf("s1"), after);
    assert.deepEqual(its.core.rights("s1"), ["publish sensors/a/#"]);
  });

  it("are refused if the core reads their variables in another order", async () => {
    const its = await sensors();
    its.core.setPermissions = () => ["client.attributes.other"];
    assert.throws(
      () => its.table.hold(client("a")),
      /the core reads its variables as client.attributes.other/,
    );
  });
});
