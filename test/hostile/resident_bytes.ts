import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * What the kernel says a process holds in memory; Linux alone has it. Deno gives `/proc` only to who may do everything,
 * and the tests may not.
 */
export async function residentBytes(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)("cat", [`/proc/${pid}/statm`]);
  return Number(stdout.split(" ")[1]) * 4096;
}
