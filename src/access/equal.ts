import { isTree } from "../config/override.ts";

/** Whether two values would be the same JSON, whatever the order of their keys. Keys without a value do not count. */
export function equalJson(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((value, index) => equalJson(value, other[index]));
  }
  if (!isTree(one) || !isTree(other)) return one === other;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => equalJson(own(one, key), own(other, key)));
}

function own(tree: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(tree, key) ? tree[key] : undefined;
}
