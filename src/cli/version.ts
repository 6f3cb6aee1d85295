import type { Command } from "commander";

/** Of this release; the same as in `deno.json`. */
export const version = "0.1.0";

/** `heliograph version`. */
export function addVersion(program: Command, stdout: (line: string) => void): void {
  program.command("version")
    .description("print the version")
    .action(() => stdout(`heliograph ${version}`));
}
