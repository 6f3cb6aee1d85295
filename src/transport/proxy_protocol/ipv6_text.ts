/** How the URL parser writes an IPv4 address that is mapped into IPv6 (RFC 4291 §2.5.5.2). */
const MAPPED = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/;

/**
 * An IPv6 address in the form that sockets tell addresses in (RFC 5952), and a mapped one as the IPv4 address that it
 * stands for: limits and rules go by the text, and there must be one for each machine.
 *
 * @param address a valid one, in any form
 */
export function ipv6Text(address: string): string {
  const text = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [, high, low] = MAPPED.exec(text) ?? [];
  if (high === undefined || low === undefined) return text;
  return [high, low].map((group) => Number.parseInt(group, 16)).flatMap((group) => [group >> 8, group & 0xff])
    .join(".");
}
