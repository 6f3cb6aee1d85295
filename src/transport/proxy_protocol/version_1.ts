/** Version 1 of the PROXY protocol (§2.1): one line of text. */
import { isIPv4, isIPv6 } from "node:net";
import type { Origin } from "../front.ts";
import { ipv6Text } from "./ipv6_text.ts";

/** The longest line there is, CRLF included (§2.1). */
export const VERSION_1_BYTES_MAX = 107;

const BEGINNING = "PROXY ";
const LINE = /^PROXY (TCP4|TCP6) ([\da-fA-F.:]+) ([\da-fA-F.:]+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})\r\n$/;
const UNKNOWN = /^PROXY UNKNOWN(?: .*)?\r\n$/;
/** Of a line with addresses. */
const SPACES = 5;
const [CR, LF, SPACE] = [0x0d, 0x0a, 0x20];

/** Whether a line of version 1 begins like this, as far as there are bytes. */
export function isVersion1(bytes: Uint8Array): boolean {
  return BEGINNING.startsWith(textOf(bytes.subarray(0, BEGINNING.length)));
}

/** How many bytes the line lacks at least; 0 if it is whole. Each field that is to come has a space and a character. */
export function missingOfVersion1(bytes: Uint8Array): number {
  const last = bytes.at(-1);
  if (last === LF) return 0;
  if (last === CR) return 1;
  const unknown = textOf(bytes).startsWith(`${BEGINNING}UNKNOWN`);
  const fields = unknown ? 0 : Math.max(0, SPACES - bytes.filter((byte) => byte === SPACE).length);
  return Math.min(fields * 2 + 2, Math.max(1, VERSION_1_BYTES_MAX - bytes.length));
}

/** Whom a whole line speaks for. */
export function parseVersion1(bytes: Uint8Array): Origin | "unknown" | "invalid" {
  const line = textOf(bytes);
  if (UNKNOWN.test(line)) return "unknown";
  const [, family, address = "", destination = "", port, destinationPort] = LINE.exec(line) ?? [];
  const isAddress = family === "TCP4" ? isIPv4 : isIPv6;
  if (family === undefined || !isAddress(address) || !isAddress(destination)) return "invalid";
  if (Number(port) > 65_535 || Number(destinationPort) > 65_535) return "invalid";
  return { address: family === "TCP4" ? address : ipv6Text(address), port: Number(port) };
}

/** Each byte is a character: what is not ASCII matches nothing. */
function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
