import type { Command } from "commander";
import { exitCode } from "./exit_code.ts";
import {
  addDataFlag,
  type StoreReport,
  type StoreTools,
  type StoreToolWorld,
  withStore,
} from "./store_tool.ts";

/** `heliograph check`. */
export function addCheck(
  program: Command,
  { check }: StoreTools,
  world: StoreToolWorld,
  exit: (code: number) => void,
): void {
  const command = program.command("check")
    .description(
      "look for damage in what is kept: checksums, and everything that must be true; no broker may run",
    );
  addDataFlag(command, world).action(async ({ data }: { data: string }) =>
    exit(
      await withStore(async () => {
        const report = await check(data);
        for (const line of linesOf(report)) world.stdout(line);
        for (const fault of report.faults) world.stderr(fault);
        return report.faults.length === 0 ? exitCode.ok : exitCode.store;
      }, world),
    )
  );
}

function linesOf(report: StoreReport): string[] {
  const { sessions, subscriptions, messages, entries, retained, leftover, faults } = report;
  return [
    `sessions ${sessions}`,
    `subscriptions ${subscriptions}`,
    `messages ${messages}`,
    `queued ${entries}`,
    `retained ${retained}`,
    ...leftover === 0 ? [] : [`to be removed ${leftover}`],
    faults.length === 0 ? "ok" : `faults ${faults.length}`,
  ];
}
