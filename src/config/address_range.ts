import { isIPv4, isIPv6 } from "node:net";
import { plainAddress } from "./loopback.ts";

/** The addresses of one network, as `10.0.0.0/8`, `2001:db8::/32`, or one address alone: `size` many from `first` on. */
export type AddressRange =
  | { readonly family: 4; readonly first: number; readonly size: number }
  | { readonly family: 6; readonly first: bigint; readonly size: bigint };

const FORM = /^([^/%]+)(?:\/(\d{1,3}))?$/;

/**
 * Reads a range in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3); an address without a prefix is a range of one. Bits
 * behind the prefix are passed over, as in `10.1.2.3/8`.
 *
 * @returns `undefined` for any other text
 */
export function parseAddressRange(text: string): AddressRange | undefined {
  const [, address = "", prefix] = FORM.exec(text) ?? [];
  if (isIPv4(address)) {
    const freeBits = 32 - Number(prefix ?? 32);
    const size = 2 ** freeBits;
    const number = ipv4Number(address);
    return freeBits < 0 ? undefined : { family: 4, first: number - number % size, size };
  }
  if (!isIPv6(address)) return undefined;
  const freeBits = 128 - Number(prefix ?? 128);
  if (freeBits < 0) return undefined;
  const size = 1n << BigInt(freeBits);
  const number = ipv6Number(address);
  return { family: 6, first: number - number % size, size };
}

/** Whether an address lies in one of the ranges; a text that is no IP address lies in none. */
export function isWithin(address: string, ranges: readonly AddressRange[]): boolean {
  const plain = plainAddress(address);
  if (isIPv4(plain)) {
    const number = ipv4Number(plain);
    return ranges.some(({ family, first, size }) => family === 4 && number >= first && number < first + size);
  }
  if (!isIPv6(plain) || plain.includes("%")) return false;
  const number = ipv6Number(plain);
  return ranges.some(({ family, first, size }) => family === 6 && number >= first && number < first + size);
}

/** Not in big integers: every connection may be looked at for a change of one rule. */
function ipv4Number(address: string): number {
  return address.split(".").reduce((number, part) => number * 256 + Number(part), 0);
}

/** RFC 4291 §2.2, of an address that is known to be one. */
function ipv6Number(address: string): bigint {
  const [head = "", tail] = address.split("::");
  const [before, after] = [groupsOf(head), groupsOf(tail ?? "")];
  const zeros = Array<number>(8 - before.length - after.length).fill(0);
  return [...before, ...zeros, ...after].reduce((number, group) => number << 16n | BigInt(group), 0n);
}

/** The last two may be written as an IPv4 address. */
function groupsOf(text: string): number[] {
  return text === "" ? [] : text.split(":").flatMap((group) => {
    if (!group.includes(".")) return Number.parseInt(group, 16);
    const number = ipv4Number(group);
    return [Math.floor(number / 0x10000), number % 0x10000];
  });
}
