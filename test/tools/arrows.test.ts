import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { describe, it } from "@std/testing/bdd";
import plugin from "../../tools/arrows.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The messages that the plugin has for `source`, were it the file `path`. */
function faults(path: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, `${root}${path}`, source).map(({ message }) => message);
}

function refused(path: string, source: string, reason: RegExp): void {
  const found = faults(path, source);
  assert.equal(found.length, 1, `${path}: ${source}: ${found}`);
  assert.match(found[0] ?? "", reason);
}

function taken(path: string, source: string): void {
  assert.deepEqual(faults(path, source), [], `${path}: ${source}`);
}

describe("arrows/imports", () => {
  it("lets every room import config, and config import no room", () => {
    taken("src/transport/tcp/link.ts", 'import { Limits } from "../../config/limits.ts";');
    taken("src/broker/turn.ts", 'import type { Config } from "../config/schema.ts";');
    refused(
      "src/config/load.ts",
      'import { log } from "../observe/log.ts";',
      /config may import only itself/,
    );
  });

  it("lets the broker import ports, and no adapter", () => {
    taken("src/broker/turn.ts", 'import type { Link } from "../transport/listener.ts";');
    refused(
      "src/broker/turn.ts",
      'import { x } from "../transport/tcp/link.ts";',
      /only main\.ts imports the adapter/,
    );
  });

  it("lets no adapter import another, nor a port its adapter", () => {
    taken("src/transport/tcp/listen.ts", 'import { x } from "./link.ts";');
    taken("src/transport/tcp/listen.ts", 'import type { Link } from "../listener.ts";');
    refused(
      "src/transport/tcp/listen.ts",
      'import { x } from "../websocket/link.ts";',
      /adapter transport\/websocket/,
    );
    refused("src/transport/listener.ts", 'export { x } from "./tcp/link.ts";', /adapter transport\/tcp/);
    refused("src/store/sqlite/a.ts", 'import { x } from "../../identity/port.ts";', /store may import only/);
  });

  it("lets nothing import the broker or main.ts, but main.ts everything", () => {
    refused("src/http/app.ts", 'import { Broker } from "../broker/broker.ts";', /http may import only/);
    refused("src/cli/serve.ts", 'import { main } from "../main.ts";', /nothing imports main\.ts/);
    taken(
      "src/main.ts",
      'import { Broker } from "./broker/broker.ts"; import { x } from "./transport/tcp/link.ts";',
    );
  });

  it("lets only the broker and tests import the core", () => {
    taken("src/broker/core.ts", 'import { load } from "../../wasm/mod.ts";');
    taken("test/clause/v5/a_test.ts", 'import { load } from "../../../wasm/mod.ts";');
    refused("src/main.ts", 'import { load } from "../wasm/mod.ts";', /only src\/broker imports the core/);
  });

  it("sees every way to import", () => {
    refused("src/config/a.ts", 'import type { A } from "../http/a.ts";', /config/);
    refused("src/config/a.ts", 'export * from "../http/a.ts";', /config/);
    refused("src/config/a.ts", 'export { a } from "../http/a.ts";', /config/);
    refused("src/config/a.ts", 'await import("../http/a.ts");', /config/);
    refused("src/config/a.ts", 'import { a } from "../../tools/a.ts";', /nothing from outside/);
  });

  it("asks for arrows when there is a new room", () => {
    refused("src/console/a.ts", 'import { a } from "../config/a.ts";', /no arrows yet/);
  });

  it("minds packages as little as code without imports", () => {
    taken("src/config/a.ts", 'import { z } from "zod"; export const a = 1; export { z };');
  });
});

describe("arrows/runtime", () => {
  it("keeps Deno to adapters, the command line and the entry", () => {
    for (
      const path of [
        "src/transport/tcp/a.ts",
        "src/store/sqlite/a.ts",
        "src/cli/a.ts",
        "src/main.ts",
        "tools/a.ts",
      ]
    ) {
      taken(path, "Deno.exit(1);");
    }
    refused("src/broker/a.ts", "Deno.exit(1);", /Cannot use Deno in src\/broker\/a\.ts/);
    refused("src/http/a.ts", "globalThis.Deno;", /Cannot use Deno/);
    refused("src/config/a.ts", "let env: Deno.Env;", /Cannot use Deno/);
  });
});
