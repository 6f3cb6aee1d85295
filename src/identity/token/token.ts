import { decodeJwt, decodeProtectedHeader } from "jose";
import { TokenFault } from "./fault.ts";

/** Longest token that is looked at. event-grid: specification §3.3, "JWT auth data ≤ 8 KB". */
export const TOKEN_BYTES_MAX = 8192;

/** A JSON Web Token (RFC 7519) as it was presented: nobody has said yet that it can be trusted. */
export interface PresentedToken {
  /** The compact form. */
  readonly text: string;
  /** What it claims to be signed with. */
  readonly algorithm: string;
  /** What it calls the key. */
  readonly kid: string | undefined;
  /** Who it claims to be from; only good for finding whose keys to check it with. */
  readonly claimedIssuer: string | undefined;
}

const COMPACT_FORM = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
/** A key that comes with what it has signed proves nothing, wherever it is said to lie. RFC 7515 §4.1.2 to §4.1.6. */
const KEY_HEADERS = ["jku", "jwk", "x5u", "x5c"];
/** RFC 7519 §5.1, RFC 9068 §2.1. `JWS` is in Azure's prose, `JWT` in its samples. */
const TYPES: ReadonlySet<unknown> = new Set([undefined, "jwt", "jws", "at+jwt", "application/at+jwt"]);

/**
 * Reads a token as far as its signature says nothing about.
 *
 * @throws {TokenFault}
 */
export function readToken(data: Uint8Array): PresentedToken {
  if (data.length > TOKEN_BYTES_MAX) {
    throw new TokenFault("too-large", `the token is larger than ${TOKEN_BYTES_MAX} bytes`);
  }
  const text = new TextDecoder().decode(data);
  if (!COMPACT_FORM.test(text)) throw new TokenFault("malformed", "the token is no signed JSON Web Token");
  const { alg: algorithm, kid, typ, crit, ...rest } = readable(() => decodeProtectedHeader(text));
  const foreign = KEY_HEADERS.find((name) => Object.hasOwn(rest, name));
  if (foreign !== undefined) {
    throw new TokenFault("header", `the token brings a key in its header ${foreign}`);
  }
  if (crit !== undefined) throw new TokenFault("header", "the token has critical extensions");
  if (!TYPES.has(typeof typ === "string" ? typ.toLowerCase() : typ)) {
    throw new TokenFault("header", "the token is of another type than JWT");
  }
  if (typeof algorithm !== "string") throw new TokenFault("algorithm", "the token names no algorithm");
  if (kid !== undefined && typeof kid !== "string") {
    throw new TokenFault("header", "the token's key identifier is no text");
  }
  return { text, algorithm, kid, claimedIssuer: readable(() => decodeJwt(text)).iss };
}

/** Who a token claims to be from; `undefined` if it says nothing that can be read. */
export function claimedIssuerOf(data: Uint8Array): string | undefined {
  try {
    return readToken(data).claimedIssuer;
  } catch (error) {
    if (error instanceof TokenFault) return undefined;
    throw error;
  }
}

function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new TokenFault("malformed", "the token cannot be read", { cause });
  }
}
