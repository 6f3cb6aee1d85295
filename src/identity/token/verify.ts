import { errors, type JWTPayload, jwtVerify } from "jose";
import { TokenFault } from "./fault.ts";
import type { PresentedToken } from "./token.ts";
import type { VerificationKey } from "./verification_key.ts";

/** What a token has to say. */
export interface Expected {
  readonly issuer: string;
  /** Whether one of the audiences is meant to be us. */
  readonly isAudience: (audience: string) => boolean;
  readonly requiredClaims: readonly string[];
  /** The wall clock, in milliseconds since 1970. */
  readonly now: number;
  /** How far the clocks of issuer and broker may be apart. */
  readonly toleranceSeconds: number;
}

/** What a token says, once its signature has proven it. */
export interface Claims extends JWTPayload {
  readonly exp: number;
}

/**
 * Checks a token with the keys that it may be signed with.
 *
 * @throws {TokenFault}
 */
export async function verifyToken(
  token: PresentedToken,
  keys: readonly VerificationKey[],
  expected: Expected,
): Promise<Claims> {
  for (const key of keys) {
    const claims = await verifyWith(token, key, expected);
    if (claims !== undefined) return checked(claims, expected);
  }
  throw new TokenFault("signature", "the token's signature is wrong");
}

/** `undefined` if another key has signed it. */
async function verifyWith(
  { text }: PresentedToken,
  { key, algorithm }: VerificationKey,
  { issuer, requiredClaims, now, toleranceSeconds }: Expected,
): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await jwtVerify(text, key, {
      algorithms: [algorithm],
      issuer,
      requiredClaims: ["exp", "aud", ...requiredClaims],
      currentDate: new Date(now),
      clockTolerance: toleranceSeconds,
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return undefined;
    throw faultOf(error);
  }
}

/** What the library does not look at. */
function checked(claims: JWTPayload, { isAudience, now, toleranceSeconds }: Expected): Claims {
  const { exp, aud, iat } = claims;
  // Whatever the type says, it may be anything.
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.some((audience) => typeof audience === "string" && isAudience(audience))) {
    throw new TokenFault("audience", "the token is for another audience");
  }
  if (typeof iat === "number" && iat > now / 1000 + toleranceSeconds) {
    throw new TokenFault("not-yet-valid", "the token was issued in the future");
  }
  if (exp === undefined) throw new TokenFault("claim", "the token has no claim exp");
  return { ...claims, exp };
}

function faultOf(error: unknown): TokenFault {
  const options = { cause: error };
  if (error instanceof errors.JWTExpired) return new TokenFault("expired", "the token has expired", options);
  if (error instanceof errors.JWTClaimValidationFailed) return claimFault(error);
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return new TokenFault(
      "algorithm",
      "the token is signed with another algorithm than the key is for",
      options,
    );
  }
  return new TokenFault("malformed", "the token cannot be read", options);
}

function claimFault(cause: errors.JWTClaimValidationFailed): TokenFault {
  const { claim, reason } = cause;
  if (reason === "missing") return new TokenFault("claim", `the token has no claim ${claim}`, { cause });
  if (claim === "iss") return new TokenFault("issuer", "invalid issuer", { cause });
  if (claim === "nbf" && reason === "check_failed") {
    return new TokenFault("not-yet-valid", "the token is not valid yet", { cause });
  }
  return new TokenFault("claim", `the token's claim ${claim} is wrong`, { cause });
}
