/** Headers of the PROXY protocol, as proxies write them. */

import { Buffer } from "node:buffer";

const SIGNATURE = Buffer.from("0d0a0d0a000d0a515549540a", "hex");

/** A line of version 1 for a client at an address of either family. */
export function version1(address = "192.0.2.7", port = 4711): Buffer {
  const route = address.includes(":") ? `TCP6 ${address} 2001:db8::1` : `TCP4 ${address} 198.51.100.1`;
  return Buffer.from(`PROXY ${route} ${port} 1883\r\n`);
}

/** A header of version 2, of whatever is in it. */
export function version2(
  { command = 0x21, family = 0x11, rest = ipv4() }: { command?: number; family?: number; rest?: Uint8Array } =
    {},
): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(rest.length);
  return Buffer.concat([SIGNATURE, Buffer.of(command, family), length, rest]);
}

/** Two IPv4 addresses with their ports. */
export function ipv4(address = "192.0.2.7", port = 4711): Buffer {
  const rest = Buffer.alloc(12);
  rest.set(address.split(".").map(Number), 0);
  rest.set([198, 51, 100, 1], 4);
  rest.writeUInt16BE(port, 8);
  rest.writeUInt16BE(1883, 10);
  return rest;
}

/** Two IPv6 addresses with their ports; the first one is 2001:db8::7. */
export function ipv6(port = 4711): Buffer {
  const rest = Buffer.alloc(36);
  rest.set(Buffer.from("20010db8000000000000000000000007", "hex"), 0);
  rest.writeUInt16BE(port, 32);
  return rest;
}
