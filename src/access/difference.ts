import { isTree } from "../config/override.ts";
import { equalJson } from "./equal.ts";

/** One value that two versions of a resource do not share; a side that lacks it is `undefined`. */
export interface Difference {
  /** As in faults: `topicTemplates.0`. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Where two JSON values differ, down to what is neither mapping nor list. */
export function differences(before: unknown, after: unknown, path = ""): Difference[] {
  if (equalJson(before, after)) return [];
  const keys = [...new Set([...keysOf(before), ...keysOf(after)])];
  if (keys.length === 0) return [{ path, before, after }];
  return keys.flatMap((key) =>
    differences(valueOf(before, key), valueOf(after, key), path === "" ? key : `${path}.${key}`)
  );
}

function keysOf(value: unknown): string[] {
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}

function valueOf(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value[Number(key)];
  return isTree(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

const valueCharactersMax = 100;

/** A difference as lines for people: what goes behind `-`, what comes behind `+`. */
export function differenceLines({ path, before, after }: Difference): string[] {
  return [
    ...before === undefined ? [] : [`- ${path}: ${shown(before)}`],
    ...after === undefined ? [] : [`+ ${path}: ${shown(after)}`],
  ];
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "";
  return text.length <= valueCharactersMax ? text : `${text.slice(0, valueCharactersMax)}…`;
}
