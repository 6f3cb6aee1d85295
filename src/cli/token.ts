import type { Command } from "commander";
import {
  addManagementFlags,
  type ManagementFlags,
  type ManagementWorld,
  withManagement,
} from "./management.ts";

interface CreateFlags extends ManagementFlags {
  readonly readOnly?: boolean;
  readonly description?: string;
}

/** A token as the broker lists it. */
interface ListedToken {
  readonly id: string;
  readonly role: string;
  readonly description: string;
  readonly createdAt: string;
  readonly revokedAt?: string;
}

const PATH = "/v1/operatorTokens";

/** `heliograph token create|list|revoke`. Who has lost every token sets HELIOGRAPH_OPERATOR_TOKEN and starts again. */
export function addToken(program: Command, world: ManagementWorld, exit: (code: number) => void): void {
  const tokens = program.command("token").description("manage operator tokens");
  addManagementFlags(tokens.command("create").description("make a token; it is printed this once"))
    .option("--read-only", "one that may change nothing")
    .option("--description <text>", "what it is for")
    .action(async (flags: CreateFlags) => exit(await create(flags, world)));
  addManagementFlags(tokens.command("list").description("print the tokens' ids, roles and times"))
    .action(async (flags: ManagementFlags) => exit(await list(flags, world)));
  addManagementFlags(
    tokens.command("revoke").description("make a token hold no longer").argument("<id>", "its id"),
  ).action(async (id: string, flags: ManagementFlags) => exit(await revoke(id, flags, world)));
}

/** The token goes to stdout alone, so that a script can take it from there. */
async function create(flags: CreateFlags, world: ManagementWorld): Promise<number> {
  const { readOnly = false, description = "" } = flags;
  return await withManagement(flags, world, async (manage) => {
    const body = { role: readOnly ? "read-only" : "full", description };
    const { id, token } = await manage({ method: "POST", path: PATH, body }) as { id: string; token: string };
    world.stderr(`made the token ${id}`);
    world.stdout(token);
  });
}

async function list(flags: ManagementFlags, world: ManagementWorld): Promise<number> {
  return await withManagement(flags, world, async (manage) => {
    const { value } = await manage({ method: "GET", path: PATH }) as { value: readonly ListedToken[] };
    for (const token of value) world.stdout(lineOf(token));
  });
}

async function revoke(id: string, flags: ManagementFlags, world: ManagementWorld): Promise<number> {
  return await withManagement(flags, world, async (manage) => {
    await manage({ method: "DELETE", path: `${PATH}/${encodeURIComponent(id)}` });
    world.stderr(`revoked the token ${id}`);
  });
}

/** JSON keeps a description from pretending to be a line of its own. */
function lineOf({ id, role, description, createdAt, revokedAt }: ListedToken): string {
  const state = revokedAt === undefined ? "holds" : `revoked ${revokedAt}`;
  return [id, role, `made ${createdAt}`, state, JSON.stringify(description)].join("  ");
}
