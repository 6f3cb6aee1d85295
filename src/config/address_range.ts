import { isIPv4, isIPv6 } from "node:net";
import { plainAddress } from "./loopback.ts";

/** The addresses of one network, as `10.0.0.0/8`, `2001:db8::/32`, or one address alone. */
export interface AddressRange {
  readonly family: 4 | 6;
  /** The network's first address; the bits behind the prefix are 0. */
  readonly first: bigint;
  /** How many of the lower bits may be anything. */
  readonly freeBits: bigint;
}

const BITS = { 4: 32, 6: 128 } as const;
const FORM = /^([^/%]+)(?:\/(\d{1,3}))?$/;

/**
 * Reads a range in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3); an address without a prefix is a range of one. Bits
 * behind the prefix are passed over, as in `10.1.2.3/8`.
 *
 * @returns `undefined` for any other text
 */
export function parseAddressRange(text: string): AddressRange | undefined {
  const [, address = "", prefix] = FORM.exec(text) ?? [];
  const number = addressNumber(address);
  if (number === undefined) return undefined;
  const { family, value } = number;
  const length = prefix === undefined ? BITS[family] : Number(prefix);
  if (length > BITS[family]) return undefined;
  const freeBits = BigInt(BITS[family] - length);
  return { family, first: value >> freeBits << freeBits, freeBits };
}

/** Whether an address lies in one of the ranges; a text that is no IP address lies in none. */
export function isWithin(address: string, ranges: readonly AddressRange[]): boolean {
  const number = addressNumber(plainAddress(address));
  if (number === undefined) return false;
  const { family, value } = number;
  return ranges.some((range) =>
    range.family === family && value >> range.freeBits === range.first >> range.freeBits
  );
}

interface AddressNumber {
  readonly family: 4 | 6;
  readonly value: bigint;
}

function addressNumber(address: string): AddressNumber | undefined {
  if (isIPv4(address)) return { family: 4, value: joined(address.split(".").map(Number), 8n) };
  if (isIPv6(address) && !address.includes("%")) return { family: 6, value: joined(groupsOf(address), 16n) };
  return undefined;
}

function joined(parts: readonly number[], bits: bigint): bigint {
  return parts.reduce((value, part) => value << bits | BigInt(part), 0n);
}

/** The eight groups of an IPv6 address that is known to be one. RFC 4291 §2.2. */
function groupsOf(address: string): number[] {
  const [head = "", tail] = address.split("::");
  const [before, after] = [groups(head), groups(tail ?? "")];
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function groups(text: string): number[] {
  return text === "" ? [] : text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [a << 8 | b, c << 8 | d];
  });
}
