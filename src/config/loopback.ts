import { isIP } from "node:net";

/** How a socket that listens on both families writes an IPv4 address. */
const MAPPED_IPV4 = "::ffff:";

/** An IP address without the mapping that a socket of both families puts before an IPv4 one. */
export function plainAddress(address: string): string {
  const lower = address.toLowerCase();
  return lower.startsWith(MAPPED_IPV4) && isIP(lower.slice(MAPPED_IPV4.length)) === 4
    ? lower.slice(MAPPED_IPV4.length)
    : lower;
}

/** Whether `address` is 127.0.0.0/8, its mapped form, or ::1. */
export function isLoopbackAddress(address: string): boolean {
  const plain = plainAddress(address);
  return plain === "::1" || (isIP(plain) === 4 && plain.startsWith("127."));
}

/** Whether the host of a URL or of a `Host` header, brackets and all, can only mean this machine. */
export function isLoopbackHost(hostname: string): boolean {
  const bare = hostname.startsWith("[") && hostname.endsWith("]") ? hostname.slice(1, -1) : hostname;
  return bare.toLowerCase() === "localhost" || isLoopbackAddress(bare);
}
