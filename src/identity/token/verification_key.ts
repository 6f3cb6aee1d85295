import { type CryptoKey, importJWK, type JWK } from "jose";
import { z } from "zod";

/** A key with the one algorithm that it is for; another one is never tried with it (RFC 8725 §3.1). */
export interface VerificationKey {
  readonly kid: string | undefined;
  readonly algorithm: string;
  readonly key: CryptoKey;
}

/** 2048 bits, in base64url: shorter ones prove nothing any more. */
const MODULUS_CHARACTERS_MIN = 342;
/** 8192 bits: longer ones only cost time. */
const MODULUS_CHARACTERS_MAX = 1366;
/** 32 bits, for the same reason. */
const EXPONENT_CHARACTERS_MAX = 6;

const RSA_ALGORITHMS: ReadonlySet<string> = new Set(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]);
/** RFC 7518 §3.4 */
const CURVE_ALGORITHMS: ReadonlyMap<string, string> = new Map([
  ["P-256", "ES256"],
  ["P-384", "ES384"],
  ["P-521", "ES512"],
]);

/** Everything that a token may be signed with; all of them need a key that is public. */
export const algorithms: ReadonlySet<string> = new Set([
  ...RSA_ALGORITHMS,
  ...CURVE_ALGORITHMS.values(),
  "EdDSA",
]);

const common = {
  kid: z.string().optional(),
  alg: z.string().optional(),
  use: z.literal("sig").optional(),
  key_ops: z.array(z.string()).refine((operations) => operations.includes("verify")).optional(),
};

/** A public key of a JSON Web Key Set (RFC 7517), as far as it can check a token. */
const jwkSchema = z.discriminatedUnion("kty", [
  z.object({
    ...common,
    kty: z.literal("RSA"),
    n: z.string().min(MODULUS_CHARACTERS_MIN).max(MODULUS_CHARACTERS_MAX),
    e: z.string().max(EXPONENT_CHARACTERS_MAX),
  }),
  z.object({ ...common, kty: z.literal("EC"), crv: z.string(), x: z.string(), y: z.string() }),
  z.object({ ...common, kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string() }),
]);

type PublicJwk = z.output<typeof jwkSchema>;

/** A key of a key set, or `undefined` if it is not for checking tokens, of another kind, or broken. */
export async function readJwk(value: unknown): Promise<VerificationKey | undefined> {
  const jwk = jwkSchema.safeParse(value).data;
  const algorithm = jwk && algorithmOf(jwk);
  if (jwk === undefined || algorithm === undefined) return undefined;
  const { kid, alg: _, use: __, key_ops: ___, ...publicPart } = jwk;
  const key = await importJWK({ ...publicPart } as JWK, algorithm).catch(() => undefined);
  return key === undefined || key instanceof Uint8Array ? undefined : { kid, algorithm, key };
}

/** The algorithm that is said, where it fits the key; without one, what such keys are most often for. */
function algorithmOf(jwk: PublicJwk): string | undefined {
  if (jwk.kty === "RSA") {
    const said = jwk.alg ?? "RS256";
    return RSA_ALGORITHMS.has(said) ? said : undefined;
  }
  const only = jwk.kty === "EC" ? CURVE_ALGORITHMS.get(jwk.crv) : "EdDSA";
  return jwk.alg === undefined || jwk.alg === only ? only : undefined;
}
