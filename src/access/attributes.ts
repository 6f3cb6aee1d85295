import { z } from "zod";
import { isTree } from "../config/override.ts";
import { isText } from "./authentication_name.ts";
import type { IssueFacts } from "./issue.ts";

/** What an attribute may be. event-grid: specification §3.1. */
export type AttributeValue = string | number | readonly string[];

/** The attributes of a client, by key. Read them with {@linkcode attributeOf}: a key may be `constructor`. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** The value of one attribute, `undefined` if there is none of the name. */
export function attributeOf(attributes: Attributes, key: string): AttributeValue | undefined {
  return Object.hasOwn(attributes, key) ? attributes[key] : undefined;
}

/** All keys and values of one client together are less than this. event-grid: specification §3.1, "< 4 KB". */
export const ATTRIBUTE_BYTES_END = 4096;

const KEY_EXPECTED = "letters, digits and _ in the key of an attribute";
const VALUE_EXPECTED = "a text, a whole number or a list of texts";

const text = z.string({ error: VALUE_EXPECTED }).refine(isText, { error: "a text without U+0000" });
const value = z.union([text, z.int(), z.array(text)], { error: VALUE_EXPECTED });
const record = z.record(z.string().regex(/^[A-Za-z0-9_]+$/, { error: KEY_EXPECTED }), value, {
  error: `a mapping from keys to ${VALUE_EXPECTED}`,
})
  .refine((attributes) => attributeBytes(attributes) < ATTRIBUTE_BYTES_END, {
    error: `less than ${ATTRIBUTE_BYTES_END} bytes for all keys and values together`,
  });

/** The attributes of a client or user; none unless given. */
export const attributes = z.preprocess(refusePrototype, record).prefault({});

/** What a key `__proto__` says would vanish without a word on its way through an object. */
function refusePrototype(given: unknown, context: z.RefinementCtx): unknown {
  if (isTree(given) && Object.hasOwn(given, "__proto__")) {
    const params: IssueFacts = { code: "wrong-value" };
    context.addIssue({
      code: "custom",
      params: { ...params },
      path: ["__proto__"],
      message: "another key than __proto__",
    });
  }
  return given;
}

/** Bytes of all keys and values in UTF-8, whole numbers as their decimal text. */
export function attributeBytes(attributes: Attributes): number {
  let bytes = 0;
  for (const [key, value] of Object.entries(attributes)) {
    bytes += utf8Bytes(key);
    for (const element of Array.isArray(value) ? value : [value]) bytes += utf8Bytes(String(element));
  }
  return bytes;
}

const encoder = new TextEncoder();

function utf8Bytes(text: string): number {
  return encoder.encode(text).length;
}
