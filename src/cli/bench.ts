import type { Command } from "commander";

/**
 * Runs the benchmark with its own arguments.
 *
 * @returns the code to exit with
 */
export type Bench = (args: readonly string[]) => Promise<number>;

/** `heliograph bench`: everything behind it belongs to the benchmark. */
export function addBench(program: Command, bench: Bench, exit: (code: number) => void): void {
  program.command("bench")
    .description("compare this broker with others (bench/README.md); needs permission to start them")
    .argument("[args...]")
    .helpOption(false)
    .allowUnknownOption()
    .action(async (args: string[]) => exit(await bench(args)));
}
