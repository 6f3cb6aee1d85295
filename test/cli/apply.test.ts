/** The subcommands that manage a broker, over a real socket. */

import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { AdminWorld } from "../http/admin_world.ts";
import { type Given, heliograph } from "./world.ts";

const resources = `
type: permissionBindings
name: vehicles-pub
properties: { clientGroupName: trucks, topicSpaceName: vehicles, permission: Publisher }
---
type: clientGroups
name: trucks
properties: { query: attributes.type = "truck" }
---
type: topicSpaces
name: vehicles
properties:
  topicTemplates: [vehicles/+/position]
---
type: users
name: ann
properties: { password: secret }
`;

/** Runs `heliograph ARGS` against the broker of a world, as its operator. */
async function manage(world: AdminWorld, args: readonly string[], given: Given = {}) {
  return await heliograph([...args, "--url", world.url], { env: { HELIOGRAPH_TOKEN: world.full }, ...given });
}

function applied(world: AdminWorld, text: string, flags: readonly string[] = []) {
  return manage(world, ["apply", "-f", "namespace.yaml", ...flags], { files: { "namespace.yaml": text } });
}

describe("heliograph apply", () => {
  it("makes what a file says, in any order, and nothing the second time", async () => {
    await using world = await AdminWorld.start();
    const first = await applied(world, resources);
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /^create permissionBindings\/vehicles-pub$/m);
    assert.match(first.stdout, /^4 to create, 0 to update, 0 to delete, 0 unchanged$/m);
    assert.equal(world.store.kept.size, 4);
    assert.match((await applied(world, resources)).stdout, /^0 to create, .* 4 unchanged$/m);
  });

  it("tells with --dry-run what would change, and changes nothing", async () => {
    await using world = await AdminWorld.start();
    await applied(world, resources);
    const before = new Map(world.store.kept);
    const changed = resources.replace("position", "speed").replace("secret", "other");
    const { code, stdout } = await applied(world, changed, ["--dry-run"]);
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^update topicSpaces\/vehicles\n\s+- topicTemplates\.0: "vehicles\/\+\/position"\n\s+\+ topicTemplates\.0: "vehicles\/\+\/speed"$/m,
    );
    assert.match(stdout, /^update users\/ann$/m);
    assert.doesNotMatch(stdout, /secret|other|hash of/);
    assert.deepEqual(world.store.kept, before);
  });

  it("deletes with --prune what no document is for", async () => {
    await using world = await AdminWorld.start();
    await applied(world, resources);
    const rest = resources.split("---").slice(1).join("---");
    assert.match((await applied(world, rest)).stdout, /0 to delete, 3 unchanged/);
    const { stdout } = await applied(world, rest, ["--prune"]);
    assert.match(stdout, /^delete permissionBindings\/vehicles-pub$/m);
    assert.equal(world.store.kept.has("permissionBindings/vehicles-pub"), false);
  });

  it("names every fault by file, document and path, and changes nothing", async () => {
    await using world = await AdminWorld.start();
    const { code, stderr, stdout } = await manage(world, ["apply", "-f", "a.yaml", "-f", "-"], {
      files: {
        "a.yaml": "type: clients\nname: a\nproperties: {}\n---\ntype: topicSpace\nname: b\nproperties: {}",
      },
      stdin: resources.replace("Publisher", "Reader"),
    });
    assert.deepEqual([code, stdout], [1, ""]);
    const lines = stderr.trimEnd().split("\n");
    assert.equal(lines.length, 3, stderr);
    assert.ok(
      lines.some((line) => /^a\.yaml, document 1: .*clientCertificateAuthentication/.test(line)),
      stderr,
    );
    assert.ok(lines.some((line) => /^a\.yaml, document 2: .*type/.test(line)), stderr);
    assert.ok(lines.some((line) => /^-, document 1: .*properties\.permission/.test(line)), stderr);
    assert.equal(world.store.kept.size, 0);
  });

  it("takes what get prints", async () => {
    await using world = await AdminWorld.start();
    await applied(world, resources);
    const printed: string[] = [];
    for (const type of ["namespace", "topicSpaces", "clientGroups", "permissionBindings", "users"]) {
      printed.push((await manage(world, ["get", type])).stdout);
    }
    const { code, stdout, stderr } = await applied(world, printed.join("---\n"), ["--prune"]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^0 to create, 0 to update, 0 to delete, 5 unchanged$/m);
  });

  it("needs a token: of a file, or of the environment, and says what the broker says of it", async () => {
    await using world = await AdminWorld.start();
    const args = ["apply", "-f", "namespace.yaml", "--url", world.url];
    const files = { "namespace.yaml": resources, "token": `${world.full}\n` };
    assert.equal((await heliograph(args, { files })).code, 64);
    assert.equal((await heliograph([...args, "--token-file", "absent"], { files })).code, 64);
    assert.equal((await heliograph([...args, "--token-file", "token"], { files })).code, 0);
    const wrong = await heliograph(args, { files, env: { HELIOGRAPH_TOKEN: "wrong" } });
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /operator token/);
    const reader = await heliograph(args, { files, env: { HELIOGRAPH_TOKEN: world.readOnly } });
    assert.equal(reader.code, 1);
    assert.match(reader.stderr, /read-only/);
  });

  it("ends with 69 where nobody listens, and with 64 for what is no URL or no file", async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    const given: Given = { env: { HELIOGRAPH_TOKEN: "t" }, files: { "a.yaml": "" } };
    const args = ["apply", "-f", "a.yaml", "--url"];
    assert.equal((await heliograph([...args, `http://127.0.0.1:${port}`], given)).code, 69);
    assert.equal((await heliograph([...args, "localhost:8080"], given)).code, 64);
    assert.equal((await heliograph(["apply", "-f", "absent.yaml"], given)).code, 64);
    assert.equal((await heliograph(["apply"], given)).code, 64);
  });
});

describe("heliograph get", () => {
  it("prints a list through all its pages, one resource, or sessions", async () => {
    await using world = await AdminWorld.start();
    const put = (index: number) =>
      world.registry.put("users", `user-${index}`, { properties: { password: "p" } });
    for (let index = 0; index < 120; index++) await put(index);
    const { stdout } = await manage(world, ["get", "users", "-o", "json"]);
    assert.equal(JSON.parse(stdout).length, 120);
    const one = await manage(world, ["get", "users", "user-7"]);
    assert.equal(one.stdout, "type: users\nname: user-7\nproperties:\n  state: Enabled\n  attributes: {}\n");
    assert.equal((await manage(world, ["get", "sessions"])).stdout, "");
    const absent = await manage(world, ["get", "users", "absent"]);
    assert.deepEqual([absent.code, absent.stderr], [1, "Cannot find users/absent\n"]);
    assert.equal((await manage(world, ["get", "nothing"])).code, 1);
  });
});

describe("heliograph user add", () => {
  it("adds a user with a password from stdin or a file, and no user twice", async () => {
    await using world = await AdminWorld.start();
    const added = await manage(world, ["user", "add", "bob/é", "--attributes", '{"floor": 3}'], {
      stdin: "s3cret\nmore\n",
    });
    assert.equal(added.code, 0, added.stderr);
    const kept = world.store.kept.get("users/bob/é")?.json ?? "";
    assert.deepEqual(JSON.parse(kept), {
      state: "Enabled",
      attributes: { floor: 3 },
      passwordHash: "hash of s3cret",
    });
    const again = await manage(world, ["user", "add", "BOB/é"], { stdin: "other\n" });
    assert.equal(again.code, 1);
    assert.match(again.stderr, /exists already/);
    const flags = ["user", "add", "eve", "--password-file", "secret"];
    assert.equal((await manage(world, flags, { files: { secret: "from a file\r\n" } })).code, 0);
    assert.match(world.store.kept.get("users/eve")?.json ?? "", /hash of from a file"/);
    assert.equal((await manage(world, ["user", "add", "nobody"], { stdin: "" })).code, 64);
    const bad = await manage(world, ["user", "add", "nobody", "--attributes", "x"], { stdin: "p\n" });
    assert.equal(bad.code, 64);
  });
});

describe("heliograph token", () => {
  it("makes, lists and revokes tokens", async () => {
    await using world = await AdminWorld.start();
    const made = await manage(world, ["token", "create", "--read-only", "--description", "ci\nrunner"]);
    assert.equal(made.code, 0, made.stderr);
    const token = made.stdout.trim();
    const reading = () =>
      world.request("GET", "/v1/clients", { headers: { authorization: `Bearer ${token}` } });
    assert.equal((await reading()).status, 200);
    const listed = await manage(world, ["token", "list"]);
    const lines = listed.stdout.trimEnd().split("\n");
    assert.equal(lines.length, 3);
    assert.doesNotMatch(listed.stdout, new RegExp(token));
    const [, id = ""] = /^(\w+) {2}read-only .*"ci\\nrunner"$/m.exec(listed.stdout) ?? [];
    assert.equal((await manage(world, ["token", "revoke", id])).code, 0);
    assert.equal((await reading()).status, 401);
    assert.match((await manage(world, ["token", "list"])).stdout, /revoked \d{4}-/);
    assert.equal((await manage(world, ["token", "revoke", id])).code, 1);
  });
});
