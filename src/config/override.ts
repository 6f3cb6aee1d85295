/** A value for one key that stands above the file: of an environment variable, or of a flag. */
export interface Override {
  /** The name of the key: `limits.packetBytesMax`. */
  readonly key: string;
  /** Where it was said: `HELIOGRAPH_LIMITS__PACKET_BYTES_MAX`, `--mqtt`. */
  readonly source: string;
  /** As it would be written in the file. */
  readonly value: unknown;
}

/** A mapping as YAML and JSON know it. */
export type Tree = { [key: string]: unknown };

/**
 * The tree with an override put in.
 *
 * A value that stands where a mapping belongs is left there, for the schema to name it as a fault.
 */
export function apply(tree: Tree, { key, value }: Override): Tree {
  return put(tree, key.split("."), value) as Tree;
}

/** Whether `value` is a mapping. */
export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function put(place: unknown, path: readonly string[], value: unknown): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  if (!isTree(place)) return place;
  return { ...place, [part]: put(place[part] ?? (rest.length > 0 ? {} : undefined), rest, value) };
}
