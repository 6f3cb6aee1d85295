/** The page to try the management API with. What its script does, a browser shows. */
import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { AdminWorld } from "./admin_world.ts";

const FILES = { "/docs": "text/html", "/docs/page.css": "text/css", "/docs/page.js": "text/javascript" };

describe("/docs", () => {
  it("is a page with a style and a script, and needs no token", async () => {
    await using world = await AdminWorld.start();
    for (const [path, type] of Object.entries(FILES)) {
      const response = await fetch(`${world.url}${path}`);
      assert.equal(response.status, 200, path);
      assert.equal(response.headers.get("content-type"), `${type}; charset=utf-8`);
      assert.ok((await response.text()).length > 500, path);
    }
  });

  it("takes nothing from elsewhere, and lets nobody put anything into it", async () => {
    await using world = await AdminWorld.start();
    for (const path of Object.keys(FILES)) {
      const response = await fetch(`${world.url}${path}`);
      const policy = response.headers.get("content-security-policy") ?? "";
      assert.match(policy, /default-src 'none'/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /unsafe|\*|https?:/);
      assert.equal(response.headers.get("x-content-type-options"), "nosniff");
      const text = await response.text();
      assert.doesNotMatch(text, /https?:\/\//, `${path} names another site`);
      assert.doesNotMatch(text, /innerHTML|insertAdjacentHTML|document\.write|eval\(| on\w+=/, path);
    }
  });

  it("refers to files that are there", async () => {
    await using world = await AdminWorld.start();
    const page = await (await fetch(`${world.url}/docs`)).text();
    const named = [...page.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => path ?? "");
    assert.deepEqual(new Set(named), new Set(["/docs/page.css", "/docs/page.js", "/openapi.json"]));
    for (const path of named) {
      const response = await fetch(`${world.url}${path}`);
      await response.body?.cancel();
      assert.equal(response.status, 200, path);
    }
  });
});
