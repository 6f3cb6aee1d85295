import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { keys } from "../../src/config/key_tree.ts";
import { configurationPage } from "../../tools/config_reference.ts";

describe("docs/CONFIGURATION.md", () => {
  it("is what the schema makes it (if not: deno task config:reference)", async () => {
    const page = await Deno.readTextFile(new URL("../../docs/CONFIGURATION.md", import.meta.url));
    assert.equal(page, configurationPage());
  });

  it("has every key with its default and reason", () => {
    const page = configurationPage();
    for (const { name, notes } of keys) {
      const line = page.split("\n").find((text) =>
        text.startsWith(`| \`${name.replace("limits.", "")}`) ||
        text.startsWith(`| ${name.replace("limits.", "")} `) || text.startsWith(`| \`${name}`)
      );
      assert.ok(line?.includes(notes.reason), name);
    }
  });
});
