import { createHash } from "node:crypto";

/** In UTF-16 units. The runtime hashes strings of up to 16,383 by their contents. */
const LENGTH_MAX = 1024;

/**
 * What stands for a text of a client in the keys of a `Map`.
 *
 * The runtime hashes long strings by their lengths alone, so that whoever sends many of one length would have each
 * compared with all the others. A text without U+0000, which no text of MQTT has (v5 [MQTT-1.5.4-2]), is its own key or
 * has one that no other text has.
 */
export function textKey(text: string): string {
  if (text.length <= LENGTH_MAX) return text;
  return `\0${createHash("sha256").update(text).digest("base64")}`;
}
