import { fileURLToPath } from "node:url";
import type { Cores } from "./cores.ts";
import { type ModeReport, modeReport } from "./report.ts";

/** The name under which its runs stand beside those of the peers. */
export const bareCommit = "bare SQLite commit";

/**
 * Times commits of one row by SQLite and nothing else: what an acknowledgement that waits for the disk costs at least.
 *
 * It runs where brokers run, on their cores and on the disk that has their data.
 *
 * @returns a report with `acknowledgement` as brokers have it
 * @throws {Error} if SQLite cannot write there
 */
export async function timeBareCommit(cores: Cores): Promise<ModeReport> {
  const folder = await Deno.makeTempDir({ prefix: "heliograph-bench-data-" });
  try {
    const program = fileURLToPath(new URL("bare_commit_program.ts", import.meta.url));
    const permissions = ["--allow-read", "--allow-write"];
    const run = [...cores.broker, Deno.execPath(), "run", ...permissions, program, `${folder}/bare.db`];
    const [command = "", ...args] = run;
    const { success, stdout, stderr } = await new Deno.Command(command, { args, stdin: "null" }).output();
    const decoder = new TextDecoder();
    if (!success) throw new Error(`Cannot time a bare commit: ${decoder.decode(stderr).trim()}`);
    return modeReport.parse(JSON.parse(decoder.decode(stdout)));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
