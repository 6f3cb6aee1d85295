/** What may be told of somebody beside the name. event-grid: specification §3.1, §3.4. */
export type AttributeValue = string | number | readonly string[];

/** Attributes by key; the keys are those that a query can name. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** All keys and values of one client together are less than this. event-grid: specification §3.1, "< 4 KB". */
export const ATTRIBUTE_BYTES_END = 4096;

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

/** Whether a query could name it; `__proto__` would vanish without a word on its way through an object. */
export function isAttributeKey(key: string): boolean {
  return /^[A-Za-z0-9_]+$/.test(key) && key !== "__proto__";
}

/** Whether it is an integer of 32 bits, a text or a list of texts, all of which MQTT can carry. */
export function isAttributeValue(value: unknown): value is AttributeValue {
  if (typeof value === "number") return Number.isInteger(value) && value >= INT32_MIN && value <= INT32_MAX;
  if (Array.isArray(value)) return value.every((element) => typeof element === "string" && isText(element));
  return typeof value === "string" && isText(value);
}

/** Whether all of them together are as short as those of a registered client have to be. */
export function areShort(attributes: Attributes): boolean {
  return attributeBytes(attributes) < ATTRIBUTE_BYTES_END;
}

/** Bytes of all keys and values in UTF-8, whole numbers as their decimal text. */
function attributeBytes(attributes: Attributes): number {
  const texts = Object.entries(attributes).flatMap(([key, value]) => [
    key,
    ...(typeof value === "object" ? value : [String(value)]),
  ]);
  return texts.reduce((bytes, text) => bytes + encoder.encode(text).length, 0);
}

const encoder = new TextEncoder();

/** Longest authentication name, in characters. event-grid: specification §3.1. */
const NAME_CHARACTERS_MAX = 128;

/** Whether somebody can be known by it. */
export function isAuthenticationName(value: unknown): value is string {
  if (typeof value !== "string" || !isText(value)) return false;
  const characters = [...value].length;
  return characters >= 1 && characters <= NAME_CHARACTERS_MAX;
}

/** v5 [MQTT-1.5.4-1], [MQTT-1.5.4-2] */
function isText(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}
