import { isIPv6 } from "node:net";
import { plainAddress } from "./loopback.ts";

/**
 * Whom an address counts as, where somebody may have only so much: itself, or with IPv6 its network of 64 bits, which
 * one machine has all of (RFC 4291 §2.5.1). Equal for two addresses that may be one machine's.
 */
export function addressOrigin(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [head = "", tail] = plain.split("::");
  const groups = head === "" ? [] : head.split(":");
  const behind = tail ? tail.split(":") : [];
  // `::` stands for the groups that are missing.
  const zeros = tail === undefined ? 0 : 8 - groups.length - behind.length;
  const all = [...groups, ...Array.from({ length: zeros }, () => "0"), ...behind];
  return all.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16)).join(":");
}
