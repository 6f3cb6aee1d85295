/** A command that could not be run, or that ended with another code than 0. */
export class CommandFailed extends Error {
  readonly code = "command-failed";
}

/** Where and with which variables a command runs, on top of the present environment. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a command with its output on ours.
 *
 * @throws {CommandFailed} if it is not installed or ends with another code than 0
 */
export async function run(
  name: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<void> {
  const command = new Deno.Command(name, {
    args: [...args],
    ...options,
    stdout: "inherit",
    stderr: "inherit",
  });
  const { code } = await started(name, () => command.output());
  if (code !== 0) throw new CommandFailed(`${name} ${args.join(" ")} ended with code ${code}`);
}

/**
 * Runs a command and returns what it printed on stdout, without the space around it.
 *
 * @throws {CommandFailed} if it is not installed or ends with another code than 0
 */
export async function ask(
  name: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const command = new Deno.Command(name, { args: [...args], ...options, stderr: "null" });
  const { code, stdout } = await started(name, () => command.output());
  if (code !== 0) throw new CommandFailed(`${name} ${args.join(" ")} ended with code ${code}`);
  return new TextDecoder().decode(stdout).trim();
}

async function started<T>(name: string, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new CommandFailed(`Cannot run ${name}: it is not installed`, { cause: error });
  }
}
