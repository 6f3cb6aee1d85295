import { Buffer } from "node:buffer";
import { createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { importSPKI } from "jose";
import type { VerificationKey } from "./verification_key.ts";

/** A registered key of an issuer, read. */
export interface ReadIssuerKey extends Omit<VerificationKey, "kid"> {
  /** When a certificate's key counts, in milliseconds since 1970; a bare key counts always. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** What may be registered, as it stands after "use". */
export const ISSUER_KEY_EXPECTED =
  "PEM of one certificate or public key: RSA of 2048 to 8192 bits, or P-256 where that is allowed";

const BLOCK = /^-----BEGIN (CERTIFICATE|PUBLIC KEY)-----([A-Za-z0-9+/=\s]+)-----END \1-----$/;
/** A certificate with its key is a few kilobytes. */
const PEM_CHARACTERS_MAX = 32 * 1024;
const RSA_BITS = { min: 2048, max: 8192 };

/** The algorithms that custom tokens may be signed with. event-grid: RS256 alone; ES256 is our extension. */
export type CustomAlgorithm = "RS256" | "ES256";

/**
 * Reads PEM, on one line or several; a certificate may have its public key behind it, as Azure's portal gives them.
 * `undefined` if nothing of it can check a token.
 */
export async function readIssuerKey(encoded: string): Promise<ReadIssuerKey | undefined> {
  try {
    const found = publicKeyOf(encoded);
    const algorithm = found && algorithmOf(found.key);
    if (found === undefined || algorithm === undefined) return undefined;
    const spki = found.key.export({ type: "spki", format: "pem" }).toString();
    const { notBefore, notAfter } = found;
    return { algorithm, key: await importSPKI(spki, algorithm), notBefore, notAfter };
  } catch {
    return undefined;
  }
}

function publicKeyOf(encoded: string): Validity & { readonly key: KeyObject } | undefined {
  const [label, der] = firstBlock(encoded);
  if (label === "CERTIFICATE") {
    const certificate = new X509Certificate(der);
    const [notBefore, notAfter] = [certificate.validFrom, certificate.validTo].map((time) =>
      Date.parse(time)
    );
    if (notBefore === undefined || notAfter === undefined || Number.isNaN(notBefore + notAfter)) {
      return undefined;
    }
    return { key: certificate.publicKey, notBefore, notAfter };
  }
  if (label !== "PUBLIC KEY") return undefined;
  return {
    key: createPublicKey({ key: der, format: "der", type: "spki" }),
    notBefore: -Infinity,
    notAfter: Infinity,
  };
}

type Validity = Pick<ReadIssuerKey, "notBefore" | "notAfter">;

function firstBlock(encoded: string): [label: string | undefined, der: Buffer] {
  if (encoded.length > PEM_CHARACTERS_MAX) return [undefined, Buffer.of()];
  // What stands in front of the second block is the first.
  const [first = ""] = encoded.trim().split(/(?<=-----END [A-Z ]{1,20}-----)\s*/, 1);
  const [, label, base64 = ""] = BLOCK.exec(first) ?? [];
  return [label, Buffer.from(base64, "base64")];
}

/** RSA keys are for RS256, P-256 keys for ES256, and no other key for anything. */
function algorithmOf(
  { asymmetricKeyType, asymmetricKeyDetails = {} }: KeyObject,
): CustomAlgorithm | undefined {
  const { modulusLength = 0, namedCurve } = asymmetricKeyDetails;
  if (asymmetricKeyType === "rsa") {
    return modulusLength >= RSA_BITS.min && modulusLength <= RSA_BITS.max ? "RS256" : undefined;
  }
  const isP256 = asymmetricKeyType === "ec" && (namedCurve === "prime256v1" || namedCurve === "p256");
  return isP256 ? "ES256" : undefined;
}
