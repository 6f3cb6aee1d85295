/** How a key of the configuration is declared: what it takes, its default, and what its reader is told. */
import { z } from "zod";
import type { NumberLimit } from "./limits.ts";

/** What faults and the reference page say of a key. */
export interface KeyNotes {
  /** What would be right, as it stands after "use". */
  readonly expected: string;
  readonly reason: string;
  /** Of a limit: what happens to whoever reaches it. */
  readonly result?: string;
  /** Of a key that may stay unsaid: what holds then. */
  readonly unsaid?: string;
}

type Noted = Omit<KeyNotes, "expected"> & { readonly expected?: string };

const notes = z.registry<{ readonly [Field in keyof KeyNotes]: KeyNotes[Field] }>();

/** The notes of a key that was declared here. */
export function notesOf(schema: z.ZodType): KeyNotes | undefined {
  return notes.get(schema);
}

/** A list of host names; none unless told otherwise. */
export function hosts(reason: string) {
  const expected = "host names without scheme and port, such as console.example.com";
  const host = z.string({ error: expected }).regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, { error: expected });
  return declare(z.array(host, { error: `a list of ${expected}` }).prefault([]), { expected, reason });
}

/** The path of a folder. */
export function folder(preset: string, reason: string) {
  const expected = "the path of a folder";
  return declare(z.string({ error: expected }).min(1, { error: expected }).prefault(preset), {
    expected,
    reason,
  });
}

/** The path of a file that may stay unnamed. */
export function optionalFile(reason: string) {
  const expected = "the path of a file";
  return declare(path(expected).optional(), { expected, reason, unsaid: "none" });
}

/** A text of a certain form. */
export function text(form: RegExp, preset: string, noted: KeyNotes) {
  const { expected } = noted;
  return declare(z.string({ error: expected }).regex(form, { error: expected }).prefault(preset), noted);
}

/** One of several words, or none of them. */
export function optionalChoice<const Word extends string>(
  words: readonly Word[],
  noted: Noted & { readonly unsaid: string },
) {
  const expected = `one of ${words.join(", ")}`;
  return declare(z.enum(words, { error: expected }).optional(), { expected, ...noted });
}

/** One of several words. */
export function choice<const Word extends string>(
  words: readonly Word[],
  preset: NoInfer<Word>,
  { expected = `one of ${words.join(", ")}`, ...rest }: Noted,
) {
  return declare(z.enum(words, { error: expected }).prefault(preset), { expected, ...rest });
}

/** A whole number within the bounds of a limit. */
export function count({ default: preset, min, max, unit, reason, result }: NumberLimit) {
  const expected = `a whole number from ${min} to ${max} (${unit})`;
  const number = z.int({ error: expected }).min(min, { error: expected }).max(max, { error: expected });
  return declare(number.prefault(preset), { expected, reason, result });
}

/** Yes or no; yes unless told otherwise. */
export function flag(noted: Omit<KeyNotes, "expected">) {
  const expected = "true or false";
  return declare(z.boolean({ error: expected }).prefault(true), { expected, ...noted });
}

/** The path of a file. */
export function path(expected = "the path of a file") {
  return z.string({ error: expected }).min(1, { error: expected });
}

/** Remembers what faults and the reference page say of a key. */
export function declare<Schema extends z.ZodType>(schema: Schema, said: KeyNotes): Schema {
  notes.add(schema, said);
  return schema;
}
