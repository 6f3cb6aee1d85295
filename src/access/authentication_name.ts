import { z } from "zod";

/** Longest authentication name, in characters. event-grid: specification §3.1. */
export const AUTHENTICATION_NAME_CHARACTERS_MAX = 128;

const EXPECTED = `1 to ${AUTHENTICATION_NAME_CHARACTERS_MAX} characters without U+0000`;

/**
 * The form of an authentication name by which it is looked up and compared: two names that differ only in case
 * have the same.
 *
 * event-grid: specification §3.1, names are unique ignoring case. Upper case first, then lower case, comes closest
 * to Unicode's full case folding (`ß` and `SS`, all forms of sigma); nothing is normalized, as MQTT has it. Every
 * comparison of names goes through here, so that none can be told apart in one place and mixed up in another.
 */
export function foldName(name: string): string {
  return name.toUpperCase().toLowerCase();
}

/** A client's authentication name: any characters that can be sent in a CONNECT. */
export const authenticationName = z.string({ error: EXPECTED }).refine(isAuthenticationName, {
  error: EXPECTED,
});

function isAuthenticationName(text: string): boolean {
  const characters = [...text].length;
  return characters >= 1 && characters <= AUTHENTICATION_NAME_CHARACTERS_MAX && isText(text);
}

/** Whether MQTT can carry it: no U+0000 and no half of a character. v5 [MQTT-1.5.4-1], [MQTT-1.5.4-2] */
export function isText(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}
