import { z } from "zod";
import { type KeyNotes, notesOf } from "./key.ts";
import { configSchema } from "./schema.ts";

/** What kind of text an environment variable has to hold for a key. */
export type Kind = "list" | "number" | "boolean" | "text";

/** One key that takes a value. */
export interface Key {
  /** As it is written in faults and on the reference page: `limits.packetBytesMax`. */
  readonly name: string;
  readonly kind: Kind;
  /** As it would be written in the file; `undefined` if the key may stay unsaid. */
  readonly preset: unknown;
  readonly notes: KeyNotes;
}

/** Every key, in the order of the schema. */
export const keys: readonly Key[] = [...leaves(configSchema, [])];

/**
 * The keys that may stand at `path`.
 *
 * @returns `undefined` if no mapping belongs there
 */
export function keysWithin(path: readonly PropertyKey[]): string[] | undefined {
  let schema: z.ZodType = configSchema;
  for (const part of path) {
    if (!(schema instanceof z.ZodObject)) return undefined;
    schema = unwrap(schema.shape[String(part)]);
  }
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : undefined;
}

function* leaves(object: z.ZodObject, path: readonly string[]): Generator<Key> {
  for (const [part, schema] of Object.entries<z.ZodType>(object.shape)) {
    const inner = unwrap(schema);
    if (inner instanceof z.ZodObject) yield* leaves(inner, [...path, part]);
    else yield keyOf([...path, part].join("."), schema, inner);
  }
}

function keyOf(name: string, schema: z.ZodType, inner: z.ZodType): Key {
  const notes = notesOf(schema);
  const mayBeUnsaid = schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional;
  if (notes === undefined || !mayBeUnsaid) {
    throw new Error(
      `Cannot use the configuration key ${name}: it was not declared with the functions of key.ts`,
    );
  }
  const preset = schema instanceof z.ZodPrefault ? schema.def.defaultValue : undefined;
  return { name, kind: kindOf(inner), preset, notes };
}

function unwrap(schema: z.ZodType): z.ZodType {
  const isWrapped = schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional;
  return isWrapped ? schema.unwrap() as z.ZodType : schema;
}

function kindOf(schema: z.ZodType): Kind {
  if (schema instanceof z.ZodArray) return "list";
  if (schema instanceof z.ZodNumber) return "number";
  if (schema instanceof z.ZodBoolean) return "boolean";
  return "text";
}
