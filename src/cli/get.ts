import { type Command, Option } from "commander";
import { stringify } from "yaml";
import {
  addManagementFlags,
  type Manage,
  type ManagementFlags,
  type ManagementWorld,
  withManagement,
} from "./management.ts";

interface GetFlags extends ManagementFlags {
  readonly output: "yaml" | "json";
}

/** What lists hold: resources have properties, sessions and the like have not. */
type Item = Readonly<Record<string, unknown>>;

/** `heliograph get`: what it prints of resources, `heliograph apply` takes. */
export function addGet(program: Command, world: ManagementWorld, exit: (code: number) => void): void {
  const command = program.command("get")
    .description("print resources, as apply takes them, or sessions and connections")
    .argument("<type>", "namespace, clients, clientGroups, topicSpaces, …, sessions, connections")
    .argument("[name]", "one of them");
  addManagementFlags(command)
    .addOption(new Option("-o, --output <format>", "what to print").choices(["yaml", "json"]).default("yaml"))
    .action(async (type: string, name: string | undefined, flags: GetFlags) => {
      exit(await get({ type, name }, flags, world));
    });
}

interface Wanted {
  readonly type: string;
  readonly name: string | undefined;
}

async function get(wanted: Wanted, flags: GetFlags, world: ManagementWorld): Promise<number> {
  return await withManagement(flags, world, async (manage) => {
    const items = (await itemsOf(wanted, manage)).map((item) => documentOf(wanted.type, item));
    if (flags.output === "json") world.stdout(JSON.stringify(items, undefined, 2));
    else if (items.length > 0) world.stdout(items.map((item) => stringify(item)).join("---\n").trimEnd());
  });
}

async function itemsOf({ type, name }: Wanted, manage: Manage): Promise<Item[]> {
  const path = `/v1/${encodeURIComponent(type)}`;
  if (name !== undefined) {
    return [await manage({ method: "GET", path: `${path}/${encodeURIComponent(name)}` }) as Item];
  }
  const items: Item[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const page = await manage({ method: "GET", path: next }) as Item;
    // The namespace is no list.
    if (!Array.isArray(page["value"])) return [page];
    items.push(...page["value"]);
    next = page["nextLink"] as string | undefined;
  }
  return items;
}

/** A resource as a document of a resource file. */
function documentOf(type: string, item: Item): Item {
  const { name, properties } = item;
  if (typeof properties !== "object" || properties === null) return item;
  const { provisioningState: _, ...rest } = properties as Item;
  return { type, name, properties: rest };
}
