import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { ServeOptions } from "../../src/cli/serve.ts";
import { version } from "../../src/cli/version.ts";
import { heliograph } from "./world.ts";

describe("heliograph serve", () => {
  it("is what is meant when no subcommand is named", async () => {
    let served: ServeOptions | undefined;
    const { code } = await heliograph([
      "--mqtt",
      "127.0.0.1:0",
      "--mqtt",
      "[::1]:1",
      "--data",
      "/var/heliograph",
    ], {
      serve: (options) => {
        served = options;
        return Promise.resolve(69);
      },
    });
    assert.equal(code, 69);
    assert.deepEqual(served?.config.listeners.mqtt, [{ host: "127.0.0.1", port: 0 }, {
      host: "::1",
      port: 1,
    }]);
    assert.equal(served?.config.data, "/var/heliograph");
  });

  it("takes file, environment and flags, and flags win", async () => {
    let served: ServeOptions | undefined;
    const { code } = await heliograph(["serve", "--config", "broker.yaml", "--log-level", "error"], {
      env: { HELIOGRAPH_LOG__FORMAT: "json" },
      files: { "broker.yaml": "log: { level: debug, format: text }\nlimits: { qosMax: 1 }" },
      serve: (options) => {
        served = options;
        return Promise.resolve(0);
      },
    });
    assert.equal(code, 0);
    assert.deepEqual(served?.config.log, { level: "error", format: "json" });
    assert.equal(served?.config.limits.qosMax, 1);
  });

  it("tells all that is wrong with the configuration, and ends with 78 without serving", async () => {
    const { code, stderr, stdout } = await heliograph([
      "--mqtt",
      "1883",
      "--profile",
      "event-grid",
      "--log-level",
      "loud",
    ], {
      serve: () => Promise.reject(new Error("served all the same")),
    });
    assert.equal(code, 78);
    assert.equal(stdout, "");
    assert.deepEqual(stderr.trimEnd().split("\n"), [
      'Cannot use "1883" for listeners.mqtt.0 (--mqtt): use HOST:PORT, such as 127.0.0.1:1883 or [::1]:1883, or a ' +
      "mapping such as {address: 0.0.0.0:1883, proxyProtocol: {from: [10.0.0.0/8]}}",
      'Cannot use "event-grid" for profile (--profile): use standard (event-grid is planned and not there yet)',
      'Cannot use "loud" for log.level (--log-level): use one of debug, info, warn, error',
    ]);
  });

  it("ends with 78 when the file cannot be read", async () => {
    const { code, stderr } = await heliograph(["--config", "absent.yaml"]);
    assert.equal(code, 78);
    assert.match(stderr, /^Cannot read the configuration from absent\.yaml: there is no such file$/m);
  });

  it("only checks with --check", async () => {
    const serve = () => Promise.reject(new Error("served all the same"));
    assert.equal((await heliograph(["--check"], { serve })).code, 0);
    assert.equal((await heliograph(["--check", "--mqtt", "x"], { serve })).code, 78);
  });

  it("ends with 64 on a command line that nobody understands", async () => {
    assert.equal((await heliograph(["serve", "--nope"])).code, 64);
    assert.equal((await heliograph(["nonsense"])).code, 64);
    assert.equal((await heliograph(["--mqtt"])).code, 64);
  });

  it("ends with 70 on a fault of ours, and tells it", async () => {
    const { code, stderr } = await heliograph([], {
      serve: () => Promise.reject(new Error("a trap in the core")),
    });
    assert.equal(code, 70);
    assert.match(stderr, /a trap in the core/);
  });

  it("says where it listens and that it is ready, on stdout, with the first steps on stderr", async () => {
    const { stdout, stderr } = await heliograph([], { serve: listening });
    assert.equal(stdout, "listening mqtt 127.0.0.1:41883\nlistening http [::1]:8080\nready\n");
    assert.match(stderr, /task heliograph pub -h 127\.0\.0\.1 -p 41883 -t hello\/world/);
    assert.match(stderr, /curl -X POST 'http:\/\/\[::1\]:8080\/mqtt\/messages\?topic=hello\/world'/);
  });

  it("says the same to programs with --log-format json, and nothing else", async () => {
    const { stdout, stderr } = await heliograph(["--log-format", "json"], { serve: listening });
    assert.deepEqual(stdout.trimEnd().split("\n").map((line) => JSON.parse(line)), [
      { event: "listening", protocol: "mqtt", address: "127.0.0.1", port: 41883 },
      { event: "listening", protocol: "http", address: "::1", port: 8080 },
      { event: "ready" },
    ]);
    assert.equal(stderr, "");
  });
});

function listening({ announce }: ServeOptions): Promise<number> {
  announce.listening({ protocol: "mqtt", address: "127.0.0.1", port: 41883 });
  announce.listening({ protocol: "http", address: "::1", port: 8080 });
  announce.ready(true);
  return Promise.resolve(0);
}

describe("heliograph", () => {
  it("helps with each subcommand, on stdout and with code 0", async () => {
    for (const subcommand of ["serve", "pub", "sub", "version"]) {
      const { code, stdout } = await heliograph([subcommand, "--help"]);
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`Usage: heliograph ${subcommand}`));
    }
  });

  it("has no bench where there is none", async () => {
    assert.doesNotMatch((await heliograph(["--help"])).stdout, /bench/);
  });

  it("tells its version, which is that of deno.json", async () => {
    const { default: denoJson } = await import("../../deno.json", { with: { type: "json" } });
    assert.equal(version, denoJson.version);
    assert.equal((await heliograph(["version"])).stdout, `heliograph ${version}\n`);
  });
});
