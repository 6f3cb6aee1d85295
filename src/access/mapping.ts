import { z } from "zod";
import { nearest } from "../config/nearest.ts";
import { isTree, type Tree } from "../config/override.ts";
import type { IssueFacts } from "./issue.ts";

/**
 * A mapping with these keys and no others. A misspelt `state` must not leave a client enabled, so unknown keys are
 * faults; `null` means absent, as bodies that Azure gives have it.
 *
 * @param passedOver keys that are neither read nor kept: what Azure adds to its answers, or once took
 */
export function mapping<Shape extends z.ZodRawShape>(shape: Shape, passedOver: readonly string[] = []) {
  const keys = Object.keys(shape);
  const expected = `a mapping with the keys ${keys.join(", ")}`;
  const strict = z.strictObject(shape, {
    error: (issue) => issue.code === "unrecognized_keys" ? known(issue.keys, keys) : expected,
  });
  const ignored = new Set(passedOver);
  return z.preprocess((value) => isTree(value) ? present(value, ignored) : value, strict);
}

/** What would be right in place of unknown keys. */
function known(unknown: readonly string[], keys: readonly string[]): string {
  const [only] = unknown;
  const guess = unknown.length === 1 && only !== undefined ? nearest(only, keys) : undefined;
  return guess ?? `one of ${keys.join(", ")}`;
}

function present(tree: Tree, ignored: ReadonlySet<string>): Tree {
  return Object.fromEntries(
    Object.entries(tree).filter(([key, value]) => value !== null && !ignored.has(key)),
  );
}

/** One of several words, exactly as they are written here. */
export function word<const Word extends string>(words: readonly Word[]) {
  return z.enum(words, { error: `one of ${words.join(", ")}` });
}

/** Free text that nothing reads. */
export const description = z.string({ error: "a text" }).max(4096, { error: "at most 4096 characters" })
  .optional();

/** A whole number within bounds, both included. */
export function whole(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** A key of Azure's that means nothing here yet. Empty lists and mappings ask for nothing, so they are let pass. */
export function unsupported(expected: string) {
  const params: IssueFacts = { code: "not-supported" };
  return z.unknown().refine(isEmpty, { error: expected, params: { ...params } }).optional();
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === "object" && Object.values(value).every(isEmpty);
}
