import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { deno, startFlags } from "./process.ts";

const anyPorts = ["--mqtt", "127.0.0.1:0", "--http", "127.0.0.1:0"];

function isReady(line: string): boolean {
  return line === "ready" || line === '{"event":"ready"}';
}

/** The command line in README.md that grants only fixed paths, without the program's name. */
async function scopedCommandLine(): Promise<string[]> {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  const [, line = ""] = /^npx -y deno@\S+ (run .*)$/m.exec(readme) ?? [];
  return line.replaceAll("'", "").split(" ");
}

describe("the broker as a process", () => {
  let folder: string;
  let places: string[];

  beforeAll(async () => {
    folder = await Deno.makeTempDir({ prefix: "heliograph-process-" });
    places = [...anyPorts, "--data", `${folder}/data`];
  });

  afterAll(() => Deno.remove(folder, { recursive: true }));

  it("starts with the README's scoped permissions, and stops with 0 on SIGTERM", async () => {
    await using broker = deno([...await scopedCommandLine(), ...anyPorts]);
    await broker.linesUntil(isReady);
    broker.signal("SIGTERM");
    assert.equal(await broker.code, 0, await broker.stderr);
  });

  it("starts as a task, says where it listens, and stops with 0 on SIGINT", async () => {
    await using broker = deno(["task", "--quiet", "start", ...places]);
    const lines = await broker.linesUntil(isReady);
    assert.match(
      lines.join("\n"),
      /^operator token: \S+\nlistening mqtt 127\.0\.0\.1:\d+\nlistening http 127\.0\.0\.1:\d+\nready$/,
    );
    broker.signal("SIGINT");
    assert.equal(await broker.code, 0, await broker.stderr);
  });

  it("says the same as JSON", async () => {
    await using broker = deno([...await startFlags(), "serve", ...places, "--log-format", "json"], {
      HELIOGRAPH_OPERATOR_TOKEN: "given-by-a-test-here",
    });
    const events = (await broker.linesUntil(isReady)).map((line) => JSON.parse(line));
    assert.deepEqual(events.map(({ event, protocol }) => [event, protocol]), [
      ["listening", "mqtt"],
      ["listening", "http"],
      ["ready", undefined],
    ]);
    assert.ok(events[0].port > 0);
    broker.signal("SIGTERM");
    assert.equal(await broker.code, 0, await broker.stderr);
  });

  it("ends with 69 when an address is in use", async () => {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    for (const flag of ["--mqtt", "--http"]) {
      const place = `127.0.0.1:${taken.addr.port}`;
      await using broker = deno([...await startFlags(), "serve", ...places, flag, place]);
      assert.equal(await broker.code, 69, flag);
      assert.match(await broker.stderr, new RegExp(place.replaceAll(".", "\\.")));
    }
  });

  it("ends with 78 for an environment variable that names no key", async () => {
    await using broker = deno([...await startFlags(), "serve", ...places], {
      HELIOGRAPH_LIMIT__QOS_MAX: "1",
    });
    assert.equal(await broker.code, 78);
    assert.match(await broker.stderr, /use HELIOGRAPH_LIMITS__QOS_MAX/);
  });

  it("sends a message from pub to sub", async () => {
    await using broker = deno([...await startFlags(), "serve", ...places]);
    const lines = await broker.linesUntil(isReady);
    const mqtt = lines.find((line) => line.startsWith("listening mqtt ")) ?? "";
    const place = ["-p", mqtt.split(":").at(-1) ?? ""];
    await using retaining = deno([
      ...await startFlags(),
      "pub",
      ...place,
      "-t",
      "hello/world",
      "-m",
      "first light",
      "-r",
    ]);
    assert.equal(await retaining.code, 0, await retaining.stderr);
    await using sub = deno([...await startFlags(), "sub", ...place, "-t", "hello/#", "-v", "-C", "1"]);
    assert.deepEqual(await sub.linesUntil(() => true), ["hello/world first light"]);
    assert.equal(await sub.code, 0, await sub.stderr);
  });
});
