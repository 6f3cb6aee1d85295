import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { wasmBindgenVersion, wasmPackVersion } from "../../tools/core/recipe.ts";

async function read(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
}

describe("versions that stand in more than one place", () => {
  it("agree about wasm-pack and wasm-bindgen", async () => {
    const ci = await read(".ci/run");
    assert.ok(ci.includes(`\nwasm_pack=${wasmPackVersion}\n`));
    assert.ok(ci.includes(`\nwasm_bindgen=${wasmBindgenVersion}\n`));
    assert.ok((await read("core-rs/abi/Cargo.toml")).includes(`wasm-bindgen = "=${wasmBindgenVersion}"`));
  });

  it("agree about Deno", async () => {
    const [, deno] = /^deno=(.*)$/m.exec(await read(".ci/run")) ?? [];
    const readme = [...(await read("README.md")).matchAll(/deno@([\d.]+)/g)].map(([, version]) => version);
    assert.deepEqual([...new Set(readme)], [deno]);
    assert.ok((await read("Dockerfile")).includes(`denoland/deno:${deno}\n`));
  });

  it("agree about the stand-in for @std/testing", async () => {
    const { version } = JSON.parse(await read("tools/std_testing/deno.json"));
    assert.equal(JSON.parse(await read("deno.json")).imports["@std/testing"], `jsr:@std/testing@${version}`);
  });
});
