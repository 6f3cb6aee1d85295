import type { Command } from "commander";
import { exitCode } from "./exit_code.ts";
import { addDataFlag, type StoreTools, type StoreToolWorld, withStore } from "./store_tool.ts";

/** `heliograph restore`. */
export function addRestore(
  program: Command,
  { restore }: StoreTools,
  world: StoreToolWorld,
  exit: (code: number) => void,
): void {
  const command = program.command("restore")
    .description("put a backup in the place of what is kept; what was there is put aside, no broker may run")
    .argument("<file>", "a file that `backup` has written");
  addDataFlag(command, world).action(async (file: string, { data }: { data: string }) =>
    exit(
      await withStore(async () => {
        const { report, replaced } = await restore(data, file);
        world.stdout(
          `restored ${file} to ${data}: ${report.sessions} sessions, ${report.entries} queued messages, ` +
            `${report.retained} retained messages`,
        );
        if (replaced !== undefined) world.stdout(`what was there before is ${replaced}`);
        return exitCode.ok;
      }, world),
    )
  );
}
