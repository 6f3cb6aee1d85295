import type { ConfigFault } from "./fault.ts";
import { type Key, keys } from "./key_tree.ts";
import { nearest } from "./nearest.ts";
import type { Override } from "./override.ts";

const prefix = "HELIOGRAPH_";

/** Secrets, which are no configuration: of the broker at its start, and of the subcommands that manage one. */
const secrets: ReadonlySet<string> = new Set(["HELIOGRAPH_OPERATOR_TOKEN", "HELIOGRAPH_TOKEN"]);

const byVariable: ReadonlyMap<string, Key> = new Map(keys.map((key) => [variableOf(key.name), key]));

/** The environment variable of a key: `limits.packetBytesMax` is `HELIOGRAPH_LIMITS__PACKET_BYTES_MAX`. */
export function variableOf(name: string): string {
  const words = name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`);
  return prefix + words.replaceAll(".", "__").toUpperCase();
}

/**
 * What the environment says about the configuration. A variable that begins with `HELIOGRAPH_` and names no key is a
 * fault: it was meant for us, and would have been silently without effect.
 */
export function readEnvironment(
  env: Readonly<Record<string, string>>,
): { overrides: Override[]; faults: ConfigFault[] } {
  const overrides: Override[] = [];
  const faults: ConfigFault[] = [];
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith(prefix) || secrets.has(variable)) continue;
    const key = byVariable.get(variable);
    if (key === undefined) faults.push(unknownVariable(variable, text));
    else overrides.push({ key: key.name, source: variable, value: valueOf(key, text) });
  }
  return { overrides, faults };
}

/** A text that does not fit is handed on as it is, for the schema to refuse it by name. */
function valueOf({ kind }: Key, text: string): unknown {
  if (kind === "list") return text === "" ? [] : text.split(",").map((item) => item.trim());
  if (kind === "number" && /^-?\d+$/.test(text)) return Number(text);
  if (kind === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}

function unknownVariable(variable: string, value: string): ConfigFault {
  const known = [...byVariable.keys()].map((name) => name.slice(prefix.length));
  const suggestion = nearest(variable.slice(prefix.length), known);
  const expected = suggestion === undefined
    ? "a variable that docs/CONFIGURATION.md names"
    : prefix + suggestion;
  return { code: "unknown-key", path: variable, source: "environment", value, expected };
}
