import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { runCommandLine, type World } from "../../src/cli/command_line.ts";
import type { StoreReport, StoreTools } from "../../src/cli/store_tool.ts";
import { deno, startFlags } from "./process.ts";

const whole: StoreReport = {
  sessions: 1,
  subscriptions: 2,
  messages: 3,
  entries: 4,
  retained: 5,
  leftover: 0,
  faults: [],
};

/** A tool that must not be called. */
function unexpected(): never {
  throw new Error("not this tool");
}

/** Runs a command line with some of the tools. */
async function run(
  args: readonly string[],
  tools: Partial<StoreTools>,
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; stdout: string[]; stderr: string[] }> {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const world: World = {
    env,
    readTextFile: unexpected,
    readFile: unexpected,
    stdin: unexpected,
    stdout: (line) => stdout.push(line),
    stdoutBytes: unexpected,
    stderr: (line) => stderr.push(line),
    interrupted: unexpected,
  };
  const store = { backup: unexpected, restore: unexpected, check: unexpected, ...tools };
  const code = await runCommandLine(args, { serve: unexpected, store }, world);
  return { code, stdout, stderr };
}

function failure(code: string): Error {
  return Object.assign(new Error(`the store says ${code}`), { code });
}

describe("heliograph backup, restore and check", () => {
  it("backup copies the data directory to the file", async () => {
    const calls: string[][] = [];
    const backup = async (...given: [string, string]) => void calls.push(await Promise.resolve(given));
    assert.equal((await run(["backup", "--data", "there", "file"], { backup })).code, 0);
    assert.equal((await run(["backup", "file"], { backup })).code, 0);
    assert.equal((await run(["backup", "file"], { backup }, { HELIOGRAPH_DATA: "elsewhere" })).code, 0);
    assert.deepEqual(calls, [["there", "file"], ["./data", "file"], ["elsewhere", "file"]]);
  });

  it("restore says what it put there, and where the rest is", async () => {
    const restore = () => Promise.resolve({ report: whole, replaced: "data/old" });
    assert.deepEqual(await run(["restore", "--data", "data", "file"], { restore }), {
      code: 0,
      stdout: [
        "restored file to data: 1 sessions, 4 queued messages, 5 retained messages",
        "what was there before is data/old",
      ],
      stderr: [],
    });
  });

  it("check counts, and ends with 74 when something is wrong", async () => {
    const sound = await run(["check"], { check: () => Promise.resolve(whole) });
    assert.deepEqual([sound.code, sound.stdout.at(-1), sound.stderr], [0, "ok", []]);
    const faults = ["Entry 1 has no message", "Entry 2 has no message"];
    const damaged = await run(["check"], { check: () => Promise.resolve({ ...whole, faults }) });
    assert.deepEqual([damaged.code, damaged.stdout.at(-1), damaged.stderr], [74, "faults 2", faults]);
  });

  it("ends with 69 when a broker has the directory, and with 74 when the store cannot be used", async () => {
    for (const [reason, code] of [["store-locked", 69], ["store-unusable", 74]] as const) {
      const outcome = await run(["check"], { check: () => Promise.reject(failure(reason)) });
      assert.deepEqual(outcome, { code, stdout: [], stderr: [`the store says ${reason}`] });
    }
  });

  it("ends with 64 without the file", async () => {
    assert.equal((await run(["backup"], {})).code, 64);
    assert.equal((await run(["restore"], {})).code, 64);
  });

  it("works beside a broker that runs, and on what it left", async () => {
    const folder = await Deno.makeTempDir({ prefix: "heliograph-tools-" });
    const [data, file] = [`${folder}/data`, `${folder}/backup`];
    const tool = async (...args: readonly string[]) => {
      await using started = deno([...await startFlags(), ...args]);
      return { code: await started.code, stderr: await started.stderr };
    };
    try {
      await using broker = deno([
        ...await startFlags(),
        ...["serve", "--mqtt", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", data],
      ]);
      await broker.linesUntil((line) => line === "ready");
      assert.equal((await tool("backup", "--data", data, file)).code, 0);
      const refused = await tool("check", "--data", data);
      assert.equal(refused.code, 69);
      assert.ok(refused.stderr.includes(data), refused.stderr);
      broker.signal("SIGTERM");
      assert.equal(await broker.code, 0, await broker.stderr);
      assert.equal((await tool("check", "--data", data)).code, 0);
      assert.equal((await tool("restore", "--data", data, file)).code, 0);
      assert.equal((await tool("check", "--data", `${folder}/nowhere`)).code, 74);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});
