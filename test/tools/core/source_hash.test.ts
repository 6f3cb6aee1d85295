import assert from "node:assert/strict";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { hashSources, sourcePaths } from "../../../tools/core/source_hash.ts";

let root = "";

async function write(path: string, text: string): Promise<void> {
  await Deno.mkdir(join(root, path, ".."), { recursive: true });
  await Deno.writeTextFile(join(root, path), text);
}

describe("the hash of the core's sources", () => {
  beforeEach(async () => {
    root = await Deno.makeTempDir();
    await write("Cargo.toml", "[workspace]");
    await write("packet/src/lib.rs", "pub fn a() {}");
    await write("packet/src/b.rs", "");
  });
  afterEach(() => Deno.remove(root, { recursive: true }));

  it("covers sources and manifests in one order, and nothing that never reaches the artefact", async () => {
    for (const path of ["packet/tests/t.rs", "fuzz/src/main.rs", "target/x.rs", "packet/README.md"]) {
      await write(path, "outside");
    }
    assert.deepEqual(await sourcePaths(root), ["Cargo.toml", "packet/src/b.rs", "packet/src/lib.rs"]);
  });

  it("changes with a file's text, a file's name and the recipe, and with nothing else", async () => {
    const before = await hashSources(root, "recipe");
    assert.match(before, /^[0-9a-f]{64}$/);
    assert.equal(await hashSources(root, "recipe"), before);
    assert.notEqual(await hashSources(root, "another"), before);
    await write("packet/src/lib.rs", "pub fn b() {}");
    const edited = await hashSources(root, "recipe");
    assert.notEqual(edited, before);
    await Deno.rename(join(root, "packet/src/b.rs"), join(root, "packet/src/c.rs"));
    assert.notEqual(await hashSources(root, "recipe"), edited);
  });
});
