import type { z } from "zod";
import { readEnvironment } from "./environment.ts";
import { type ConfigFault, ConfigFaults } from "./fault.ts";
import { keysWithin } from "./key_tree.ts";
import { nearest } from "./nearest.ts";
import { apply, isTree, type Override, type Tree } from "./override.ts";
import { type Config, configSchema } from "./schema.ts";
import { readYaml, type TextFile } from "./yaml_file.ts";

/** Everything that a configuration is made from, read already. What stands later wins. */
export interface ConfigSources {
  readonly file?: TextFile;
  /** Environment variables; those that do not begin with `HELIOGRAPH_` are ignored. */
  readonly env: Readonly<Record<string, string>>;
  readonly flags: readonly Override[];
}

/** The configuration, or all the reasons why there is none. */
export function loadConfig({ file, env, flags }: ConfigSources): Config | ConfigFaults {
  const read = file === undefined ? { tree: {}, faults: [] } : readYaml(file);
  const environment = readEnvironment(env);
  const overrides = [...environment.overrides, ...flags];
  const tree = overrides.reduce(apply, read.tree);
  const parsed = configSchema.safeParse(tree);
  const origins = new Map(overrides.map(({ key, source }) => [key, source]));
  const origin = (key: string) => origins.get(key) ?? file?.path ?? "defaults";
  const faults = [
    ...read.faults,
    ...environment.faults,
    ...faultsOf(parsed.error?.issues ?? [], tree, origin),
  ];
  return parsed.success && faults.length === 0 ? parsed.data : new ConfigFaults(faults);
}

type Origin = (key: string) => string;

/** One fault for each key: that a number is neither whole nor small enough is one fault, not two. */
function faultsOf(issues: readonly z.core.$ZodIssue[], tree: Tree, origin: Origin): ConfigFault[] {
  const byPath = new Map<string, ConfigFault>();
  for (const fault of issues.flatMap((issue) => faultsOfIssue(issue, tree, origin))) {
    if (!byPath.has(fault.path)) byPath.set(fault.path, fault);
  }
  return [...byPath.values()];
}

function faultsOfIssue(issue: z.core.$ZodIssue, tree: Tree, origin: Origin): ConfigFault[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey([...issue.path, key], tree, origin));
  }
  const within = keysWithin(issue.path);
  const expected = within === undefined ? issue.message : `a mapping with the keys ${within.join(", ")}`;
  return [{ code: "wrong-value", ...placeOf(issue.path, tree, origin), expected }];
}

function unknownKey(path: readonly PropertyKey[], tree: Tree, origin: Origin): ConfigFault {
  const candidates = keysWithin(path.slice(0, -1)) ?? [];
  const expected = nearest(String(path.at(-1)), candidates) ?? `one of ${candidates.join(", ")}`;
  return { code: "unknown-key", ...placeOf(path, tree, origin), expected };
}

function placeOf(parts: readonly PropertyKey[], tree: Tree, origin: Origin) {
  const key = parts.filter((part) => typeof part === "string").join(".");
  return { path: parts.join("."), source: origin(key), value: valueAt(tree, parts) };
}

function valueAt(tree: unknown, parts: readonly PropertyKey[]): unknown {
  let value = tree;
  for (const part of parts) {
    if (Array.isArray(value)) value = value[Number(part)];
    else value = isTree(value) ? value[String(part)] : undefined;
  }
  return value;
}
