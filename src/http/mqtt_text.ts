/** What MQTT allows in a string (v5 §1.5.4), so that the engine is never handed one it must call malformed. */

/** Strings have a length of 16 bits (v5 §1.5.4). */
export const TEXT_BYTES_MAX = 65_535;

/** v5 [MQTT-1.5.4-2] NUL; with it the other control characters, which §1.5.4 lets a receiver call malformed. */
// deno-lint-ignore no-control-regex
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/;
/** U+FDD0 to U+FDEF, and the last two code points of each plane. */
const NONCHARACTER = /\p{Noncharacter_Code_Point}/u;

const encoder = new TextEncoder();

/** Why MQTT cannot carry `text`, in words that end a sentence; nothing if it can. */
export function textFault(text: string): string | undefined {
  // v5 [MQTT-1.5.4-1]
  if (!text.isWellFormed()) return "it holds half of a surrogate pair";
  if (CONTROL_CHARACTER.test(text)) return "it holds a control character";
  if (NONCHARACTER.test(text)) return "it holds a Unicode non-character";
  if (encoder.encode(text).length > TEXT_BYTES_MAX) return `it is longer than ${TEXT_BYTES_MAX} bytes`;
  return undefined;
}

/** Why `topic` is not a topic name (v5 §4.7.3), in words that end a sentence; nothing if it is one. */
export function topicNameFault(topic: string): string | undefined {
  // v5 [MQTT-4.7.3-1]
  if (topic === "") return "it is empty";
  // v5 [MQTT-3.3.2-2], [MQTT-3.3.2-14]
  if (/[+#]/.test(topic)) return "it holds a wildcard";
  return textFault(topic);
}
