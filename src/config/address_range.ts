import { isIPv4, isIPv6 } from "node:net";

/** The addresses of one network, as `10.0.0.0/8`, `2001:db8::/32`, or one address alone: `size` many from `first` on. */
export type AddressRange =
  | { readonly family: 4; readonly first: number; readonly size: number }
  | { readonly family: 6; readonly first: bigint; readonly size: bigint };

const FORM = /^([^/%]+)(?:\/(\d{1,3}))?$/;

/** What stands above the 32 bits of an IPv4 address that is mapped into IPv6. RFC 4291 §2.5.5.2. */
const MAPPED_HEAD = 0xffffn;
const IPV4_BITS = 32;

/**
 * Reads a range in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3); an address without a prefix is a range of one. Bits
 * behind the prefix are passed over, as in `10.1.2.3/8`. A range of mapped addresses, `::ffff:10.0.0.0/104`, is the
 * IPv4 one that it stands for: addresses are compared without their mapping.
 *
 * @returns `undefined` for any other text, which {@linkcode addressRangeExpected} has more to say of
 */
export function parseAddressRange(text: string): AddressRange | undefined {
  const [, address = "", prefix] = FORM.exec(text) ?? [];
  if (isIPv4(address)) return ipv4Range(ipv4Number(address), IPV4_BITS - Number(prefix ?? IPV4_BITS));
  if (!isIPv6(address)) return undefined;
  const freeBits = 128 - Number(prefix ?? 128);
  const number = ipv6Number(address);
  const mapped = unmapped(number);
  if (mapped !== undefined) return ipv4Range(mapped, freeBits);
  if (freeBits < 0) return undefined;
  const size = 1n << BigInt(freeBits);
  return { family: 6, first: number - number % size, size };
}

/** What would be right in place of a text that is no range, as it stands after "use". */
export function addressRangeExpected(text: string): string {
  const [, address = ""] = FORM.exec(text) ?? [];
  return isIPv6(address) && unmapped(ipv6Number(address)) !== undefined
    ? "a prefix from 96 to 128 behind ::ffff:, or the IPv4 network without it, such as 10.0.0.0/8"
    : "an address or a network, such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32";
}

/** Whether an address lies in one of the ranges; a text that is no IP address lies in none. */
export function isWithin(address: string, ranges: readonly AddressRange[]): boolean {
  if (isIPv4(address)) return isWithin4(ipv4Number(address), ranges);
  if (!isIPv6(address) || address.includes("%")) return false;
  const number = ipv6Number(address);
  const mapped = unmapped(number);
  if (mapped !== undefined) return isWithin4(mapped, ranges);
  return ranges.some(({ family, first, size }) => family === 6 && number >= first && number < first + size);
}

function isWithin4(number: number, ranges: readonly AddressRange[]): boolean {
  return ranges.some(({ family, first, size }) => family === 4 && number >= first && number < first + size);
}

function ipv4Range(number: number, freeBits: number): AddressRange | undefined {
  if (freeBits < 0 || freeBits > IPV4_BITS) return undefined;
  const size = 2 ** freeBits;
  return { family: 4, first: number - number % size, size };
}

/** The IPv4 address that an IPv6 one stands for; `undefined` if it stands for itself. */
function unmapped(number: bigint): number | undefined {
  return number >> BigInt(IPV4_BITS) === MAPPED_HEAD ? Number(BigInt.asUintN(IPV4_BITS, number)) : undefined;
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
