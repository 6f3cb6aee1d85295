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
      args: ["--mount", "sh", "-c", mount, "sh", folder, ...command],
      stderr: "piped",
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

describe("SqliteStore on a full disk", () => {
  it("stops, says why, loses nothing over a crash, and goes on when there is space", async () => {
    await withFolder(async (folder) => {
      const deno =
        `'${Deno.execPath()}' run --no-prompt --allow-read --allow-write --allow-run '${scenario}'`;
      const output = await onSmallDisk(folder, `${deno} fill '${folder}'; ${deno} restart '${folder}'`);
      if (output === undefined) {
        console.log("skipped: no file system can be mounted here");
        return;
      }
      const [filled, restarted] = output.trim().split("\n").map((line) => JSON.parse(line));
      assert.match(filled.reason, /full/);
      assert.equal(filled.degraded, filled.reason);
      assert.equal(filled.readable, 50_000);
      assert.ok(filled.committed > 20, `${filled.committed}`);
      assert.ok(restarted.sequence >= restarted.committed, "an acknowledged batch is lost");
      assert.equal(restarted.entries, restarted.sequence - 1);
      assert.match(restarted.reason, /full/);
      assert.deepEqual(restarted.recovered, { degraded: null });
      assert.equal(restarted.lastSequence, restarted.sequence + 2);
      assert.equal(restarted.last, restarted.entries);
    });
  });
});
