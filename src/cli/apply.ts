import type { Command } from "commander";
import {
  addManagementFlags,
  fileText,
  type ManagementFlags,
  type ManagementWorld,
  withManagement,
} from "./management.ts";

interface ApplyFlags extends ManagementFlags {
  readonly file: readonly string[];
  readonly prune?: boolean;
  readonly dryRun?: boolean;
}

/** `heliograph apply`: the broker reads the files, and does all of what they say or nothing. */
export function addApply(program: Command, world: ManagementWorld, exit: (code: number) => void): void {
  const command = program.command("apply").description("make the broker's resources what files say");
  addManagementFlags(command)
    .requiredOption(
      "-f, --file <file>",
      "YAML documents of type, name and properties; repeatable, - is stdin",
      append,
    )
    .option("--prune", "delete the resources that no document is for")
    .option("--dry-run", "tell what would be done, and do nothing")
    .action(async (flags: ApplyFlags) => exit(await apply(flags, world)));
}

async function apply(flags: ApplyFlags, world: ManagementWorld): Promise<number> {
  const { file, prune = false, dryRun = false } = flags;
  const files = await Promise.all(file.map(async (path) => ({ path, text: await textOf(path, world) })));
  return await withManagement(flags, world, async (manage) => {
    const answer = await manage({ method: "POST", path: "/v1/apply", body: { files, prune, dryRun } });
    world.stdout((answer as { text: string }).text);
  });
}

async function textOf(path: string, world: ManagementWorld): Promise<string> {
  return path === "-" ? await new Response(world.stdin()).text() : await fileText(path, world);
}

/** Collects a repeatable option. */
function append(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
