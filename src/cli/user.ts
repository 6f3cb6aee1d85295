import type { Command } from "commander";
import {
  addManagementFlags,
  fileText,
  type ManagementFlags,
  type ManagementWorld,
  withManagement,
} from "./management.ts";
import { secretLine, typedSecretLine } from "./secret_line.ts";
import { UsageError } from "./usage_error.ts";

interface UserFlags extends ManagementFlags {
  readonly passwordFile?: string;
  readonly attributes?: string;
}

/** `heliograph user add`. The password is no argument: every process of the machine could read it. */
export function addUser(program: Command, world: ManagementWorld, exit: (code: number) => void): void {
  const command = program.command("user").description("manage who connects with a password").command("add")
    .description("add a user; the password is the first line of stdin")
    .argument("<name>", "the user name");
  addManagementFlags(command)
    .option("--password-file <file>", "the password is this file's first line instead")
    .option("--attributes <json>", 'such as \'{"type": "sensor"}\', for the queries of client groups')
    .action(async (name: string, flags: UserFlags) => exit(await addOne(name, flags, world)));
}

async function addOne(name: string, flags: UserFlags, world: ManagementWorld): Promise<number> {
  const attributes = attributesOf(flags.attributes);
  const password = await passwordOf(flags, world);
  return await withManagement(flags, world, async (manage) => {
    await manage({
      method: "PUT",
      path: `/v1/users/${encodeURIComponent(name)}`,
      // Somebody else's password must not be replaced by a slip of the hand.
      headers: { "if-none-match": "*" },
      body: { properties: { password, ...attributes === undefined ? {} : { attributes } } },
    });
    world.stdout(`added the user ${name}`);
  });
}

function attributesOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(
      `Cannot use ${JSON.stringify(text)} for --attributes: use JSON, such as '{"floor": 3}'`,
    );
  }
}

async function passwordOf({ passwordFile }: UserFlags, world: ManagementWorld): Promise<string> {
  const password = passwordFile === undefined ? await typed(world) : await firstLine(passwordFile, world);
  if (password === undefined || password === "") throw new UsageError("Cannot add a user without a password");
  return password;
}

async function typed({ stdin, stderr }: ManagementWorld): Promise<string | undefined> {
  if (!Deno.stdin.isTerminal()) return await secretLine(stdin());
  stderr("Type the password and press Enter; it is not shown");
  return await typedSecretLine(stdin());
}

async function firstLine(path: string, world: ManagementWorld): Promise<string | undefined> {
  return (await fileText(path, world)).split(/\r?\n/)[0];
}
