import { type Command, Option } from "commander";
import { exitCode } from "./exit_code.ts";

/** What a store holds, and what is wrong with it. */
export interface StoreReport {
  readonly sessions: number;
  readonly subscriptions: number;
  readonly messages: number;
  readonly entries: number;
  readonly retained: number;
  readonly leftover: number;
  readonly faults: readonly string[];
}

/** What `main.ts` hands in; each works on a data directory, and throws errors with the code of the store's. */
export interface StoreTools {
  readonly backup: (directory: string, file: string) => Promise<void>;
  readonly restore: (
    directory: string,
    file: string,
  ) => Promise<{ readonly report: StoreReport; readonly replaced?: string }>;
  readonly check: (directory: string) => Promise<StoreReport>;
}

/** What the subcommands need of their surroundings. */
export interface StoreToolWorld {
  readonly env: Readonly<Record<string, string>>;
  readonly stdout: (line: string) => void;
  readonly stderr: (line: string) => void;
}

/** Adds `--data`, which is what `serve` has, with the same default. */
export function addDataFlag(command: Command, { env }: StoreToolWorld): Command {
  const folder = env.HELIOGRAPH_DATA ?? "./data";
  return command.addOption(new Option("--data <dir>", "the data directory of the broker").default(folder));
}

/**
 * Runs a tool, and tells what the store says against it.
 *
 * @returns the code to exit with
 */
export async function withStore(action: () => Promise<number>, { stderr }: StoreToolWorld): Promise<number> {
  try {
    return await action();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? codes.get(error.code) : undefined;
    if (code === undefined || !(error instanceof Error)) throw error;
    stderr(error.message);
    return code;
  }
}

/** The errors of the store, by their codes. */
const codes: ReadonlyMap<unknown, number> = new Map([
  ["store-locked", exitCode.unavailable],
  ["store-unusable", exitCode.store],
]);
