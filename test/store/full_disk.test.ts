/** What happens on a real file system without space: a tmpfs of 8 MiB in a mount namespace of its own. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { describe, it } from "@std/testing/bdd";
import { withFolder } from "./folder.ts";

const scenario = fileURLToPath(new URL("full_disk.scenario.ts", import.meta.url));
const mount = 'mount -t tmpfs -o size=8m tmpfs "$1" && shift && exec "$@"';

/** Runs a command line in a namespace whose `folder` is a small file system; `undefined` where none can be mounted. */
async function onSmallDisk(folder: string, script: string): Promise<string | undefined> {
  const run = async (command: readonly string[]) => {
    const child = new Deno.Command("unshare", {
      args: ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", mount, "sh", folder, ...command],
      stderr: "piped",
      // Everything in the namespace ends with its first process.
      signal: AbortSignal.timeout(60_000),
    });
    return await child.output();
  };
  try {
    if (!(await run(["true"])).success) return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const { stdout, stderr } = await run(["sh", "-c", script]);
  const decoder = new TextDecoder();
  const output = decoder.decode(stdout);
  assert.notEqual(output, "", decoder.decode(stderr));
  return output;
}

/** Runs one life that ends on the full disk, then the one that starts on it; nothing where there is no such disk. */
async function lives(first: "fill" | "burst"): Promise<Record<string, unknown>[]> {
  let lines: string[] = [];
  await withFolder(async (folder) => {
    const deno = `'${Deno.execPath()}' run --no-prompt --allow-read --allow-write --allow-run '${scenario}'`;
    // Whatever space is left between the two is taken.
    const rest = `dd if=/dev/zero of='${folder}/rest' bs=1k 2>/dev/null`;
    const script = `${deno} ${first} '${folder}'; ${rest}; ${deno} restart '${folder}'`;
    const output = await onSmallDisk(folder, script);
    if (output === undefined) console.log("skipped: no file system can be mounted here");
    else {
      lines = output.trim().split("\n");
      assert.equal(lines.length, 2, output);
    }
  });
  return lines.map((line) => JSON.parse(line));
}

/** Holds the second life to what the first one knew. */
function heldToIt(restarted: Record<string, unknown>): void {
  const { committed, sequence, entries, last, lastSequence } = restarted as Record<string, number>;
  assert.ok(Number(sequence) >= Number(committed), "an acknowledged batch is lost");
  assert.equal(entries, Number(sequence) - 1);
  assert.match(String(restarted.reason), /full/);
  assert.deepEqual(restarted.recovered, { degraded: null });
  assert.equal(lastSequence, Number(sequence) + 3);
  assert.equal(last, entries);
  assert.deepEqual(restarted.walls, [restarted.aliveAt], "what the crash means was not kept");
}

describe("SqliteStore on a full disk", () => {
  it("stops, says why, loses nothing over a crash, and goes on when there is space", async () => {
    const [filled, restarted] = await lives("fill");
    if (filled === undefined || restarted === undefined) return;
    assert.match(String(filled.reason), /full/);
    assert.equal(filled.degraded, filled.reason);
    assert.equal(filled.readable, 50_000);
    assert.ok(Number(filled.committed) > 20, `${filled.committed}`);
    heldToIt(restarted);
  });

  it("starts where not even the crash can be noted, and notes it later", async () => {
    const [, restarted] = await lives("burst");
    if (restarted === undefined) return;
    assert.deepEqual(restarted.attempt, { settled: false, detached: 5001, walls: 1 });
    heldToIt(restarted);
  });
});
