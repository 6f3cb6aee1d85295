/** The PROXY protocol, versions 1 and 2, as HAProxy describes it (`proxy-protocol.txt`, revision 2020/03/05). */
import type { Origin } from "../front.ts";
import { isVersion1, missingOfVersion1, parseVersion1, VERSION_1_BYTES_MAX } from "./version_1.ts";
import { HEAD_BYTES, isVersion2, lengthOfVersion2, parseVersion2 } from "./version_2.ts";

/** What a proxy says of a connection. */
export interface ProxyHeader {
  /** Whom it speaks for; `undefined` where it speaks for itself (a health check), or does not know. */
  readonly source: Origin | undefined;
}

/** Bytes that are no header, or more of a header than is read. The proxy is at fault. */
export class ProxyHeaderInvalid extends Error {
  override readonly name = "ProxyHeaderInvalid";
  readonly code = "proxy-header-invalid";
}

/** Shorter than the shortest header of either version: that much can be read without knowing which it is. */
const FIRST_BYTES = "PROXY UNKNOWN\r\n".length;

/** Most of version 2: its addresses need 232 bytes at most, and what proxies add behind them a few hundred. */
const VERSION_2_BYTES_MAX = 4096;

/**
 * Puts a header together from pieces. It says how much may be read next, so that nothing of what follows the header is
 * ever taken from the socket.
 */
export class ProxyHeaderReader {
  #bytes = new Uint8Array(0);

  /** How many bytes are missing at least; to be asked until there is a header. */
  get missing(): number {
    const bytes = this.#bytes;
    if (bytes.length < FIRST_BYTES) return FIRST_BYTES - bytes.length;
    if (isVersion1(bytes)) return missingOfVersion1(bytes);
    return (bytes.length < HEAD_BYTES ? HEAD_BYTES : lengthOfVersion2(bytes)) - bytes.length;
  }

  /**
   * Takes the next bytes, as many as are missing or fewer.
   *
   * @returns the header once it is whole
   * @throws {ProxyHeaderInvalid} as soon as they cannot be the beginning of one
   */
  push(next: Uint8Array): ProxyHeader | undefined {
    const bytes = this.#bytes = joined(this.#bytes, next);
    if (!isVersion1(bytes) && !isVersion2(bytes)) {
      throw new ProxyHeaderInvalid("it does not begin with a PROXY header");
    }
    if (bytes.length < FIRST_BYTES) return undefined;
    return isVersion1(bytes) ? this.#version1(bytes) : this.#version2(bytes);
  }

  #version1(bytes: Uint8Array): ProxyHeader | undefined {
    if (missingOfVersion1(bytes) === 0) return { source: parsed(parseVersion1(bytes)) };
    if (bytes.length < VERSION_1_BYTES_MAX) return undefined;
    throw new ProxyHeaderInvalid(`its PROXY header is longer than ${VERSION_1_BYTES_MAX} bytes`);
  }

  #version2(bytes: Uint8Array): ProxyHeader | undefined {
    if (bytes.length < HEAD_BYTES) return undefined;
    const length = lengthOfVersion2(bytes);
    if (length > VERSION_2_BYTES_MAX) {
      throw new ProxyHeaderInvalid(`its PROXY header is longer than ${VERSION_2_BYTES_MAX} bytes`);
    }
    return bytes.length < length ? undefined : { source: parsed(parseVersion2(bytes)) };
  }
}

function parsed(source: Origin | "unknown" | "invalid"): Origin | undefined {
  if (source === "invalid") throw new ProxyHeaderInvalid("its PROXY header cannot be read");
  return source === "unknown" ? undefined : source;
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}
