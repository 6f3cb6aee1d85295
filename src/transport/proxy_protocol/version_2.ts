/** Version 2 of the PROXY protocol (§2.2): binary, with a length. */
import type { Origin } from "../front.ts";
import { ipv6Text } from "./ipv6_text.ts";

/** Signature, version and command, family and protocol, length of the rest. */
export const HEAD_BYTES = 16;

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
/** Version in the upper four bits, command in the lower. */
const [LOCAL, PROXY] = [0x20, 0x21];
/** Address family in the upper four bits, stream in the lower. */
const [TCP4, TCP6, UNIX_STREAM, UNSPECIFIED] = [0x11, 0x21, 0x31, 0x00];
/** Two addresses and two ports, or two paths. */
const ADDRESS_BYTES = { [TCP4]: 12, [TCP6]: 36, [UNIX_STREAM]: 216 };

/** Whether a header of version 2 begins like this, as far as there are bytes. */
export function isVersion2(bytes: Uint8Array): boolean {
  return bytes.subarray(0, SIGNATURE.length).every((byte, index) => byte === SIGNATURE[index]);
}

/** Bytes of the whole header, of whose head all is there. */
export function lengthOfVersion2(bytes: Uint8Array): number {
  return HEAD_BYTES + viewOf(bytes).getUint16(14);
}

/** Whom a whole header speaks for. What a proxy adds behind the addresses is passed over. */
export function parseVersion2(bytes: Uint8Array): Origin | "unknown" | "invalid" {
  const [command, family = UNSPECIFIED] = bytes.subarray(12, 14);
  // §2.2: whatever the addresses of a LOCAL connection say is to be ignored.
  if (command === LOCAL) return "unknown";
  if (command !== PROXY) return "invalid";
  const rest = bytes.subarray(HEAD_BYTES);
  const known = Object.hasOwn(ADDRESS_BYTES, family) ? ADDRESS_BYTES[family] : undefined;
  if (known === undefined) return family === UNSPECIFIED ? "unknown" : "invalid";
  if (rest.length < known) return "invalid";
  if (family === TCP4) return { address: rest.subarray(0, 4).join("."), port: viewOf(rest).getUint16(8) };
  // The source is a path on the proxy's machine.
  if (family === UNIX_STREAM) return "unknown";
  return { address: ipv6(rest.subarray(0, 16)), port: viewOf(rest).getUint16(32) };
}

function ipv6(bytes: Uint8Array): string {
  const view = viewOf(bytes);
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(index * 2).toString(16));
  return ipv6Text(groups.join(":"));
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
