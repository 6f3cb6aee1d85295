import type { Command } from "commander";
import { exitCode } from "./exit_code.ts";
import { addDataFlag, type StoreTools, type StoreToolWorld, withStore } from "./store_tool.ts";

/** `heliograph backup`. */
export function addBackup(
  program: Command,
  { backup }: StoreTools,
  world: StoreToolWorld,
  exit: (code: number) => void,
): void {
  const command = program.command("backup")
    .description("copy what a broker keeps into a file, beside the broker")
    .argument("<file>", "the file to write; it must not be there yet");
  addDataFlag(command, world).action(async (file: string, { data }: { data: string }) =>
    exit(
      await withStore(async () => {
        await backup(data, file);
        world.stdout(`backed up ${data} to ${file}`);
        return exitCode.ok;
      }, world),
    )
  );
}
