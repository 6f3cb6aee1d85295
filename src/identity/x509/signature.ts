import { Buffer } from "node:buffer";
import { constants, createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import type { SignedBytes } from "./certificate.ts";
import { expectParts, hexOf, partsOf, readDer, TAG } from "./der.ts";
import { blamed, CertificateFault } from "./fault.ts";

/** How one signature algorithm is checked. */
interface Algorithm {
  /** `undefined` where the algorithm says its own. */
  readonly digest: string | undefined;
  readonly keyTypes: readonly string[];
  readonly pss?: { readonly saltBytes: number };
}

/** By the hexadecimal content of the object identifier. SHA-1 and MD5 are not here: their signatures can be forged. */
const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map([
  // 1.2.840.113549.1.1.11, .12, .13
  ["2a864886f70d01010b", { digest: "sha256", keyTypes: ["rsa"] }],
  ["2a864886f70d01010c", { digest: "sha384", keyTypes: ["rsa"] }],
  ["2a864886f70d01010d", { digest: "sha512", keyTypes: ["rsa"] }],
  // 1.2.840.10045.4.3.2, .3, .4
  ["2a8648ce3d040302", { digest: "sha256", keyTypes: ["ec"] }],
  ["2a8648ce3d040303", { digest: "sha384", keyTypes: ["ec"] }],
  ["2a8648ce3d040304", { digest: "sha512", keyTypes: ["ec"] }],
  // 1.3.101.112, .113
  ["2b6570", { digest: undefined, keyTypes: ["ed25519"] }],
  ["2b6571", { digest: undefined, keyTypes: ["ed448"] }],
]);
/** 1.2.840.113549.1.1.10, whose parameters say the rest. */
const RSA_PSS = "2a864886f70d01010a";
/** 2.16.840.1.101.3.4.2.1, .2, .3 */
const DIGESTS: ReadonlyMap<string, string> = new Map([
  ["608648016503040201", "sha256"],
  ["608648016503040202", "sha384"],
  ["608648016503040203", "sha512"],
]);

/** Curves of NIST, as the TLS stack knows them too. */
const CURVES: ReadonlySet<string> = new Set([
  "prime256v1",
  "P-256",
  "secp384r1",
  "P-384",
  "secp521r1",
  "P-521",
]);
/** RSA keys below can be factored. */
const RSA_BITS_MIN = 2048;
/** And above it takes us too long. */
const RSA_BITS_MAX = 8192;
/** Signatures that are remembered as good; each costs some 150 bytes here and a millisecond to check again. */
const REMEMBERED_MAX = 16_384;

/**
 * Checks signatures of CAs, and remembers which were good: a signature that once fitted fits for ever, whatever
 * becomes of the certificate. So a client that connects again costs a digest.
 */
export class SignatureChecker {
  readonly #good = new Set<string>();
  readonly #keys = new Map<string, KeyObject>();

  /**
   * @param publicKey DER of the issuer's `SubjectPublicKeyInfo`
   * @throws {CertificateFault} `signature`, or `algorithm` for one that we do not take
   */
  check(bytes: SignedBytes, publicKey: Uint8Array): void {
    const proof = digestOf(bytes, publicKey);
    if (this.#good.has(proof)) return;
    const algorithm = readAlgorithm(bytes.signatureAlgorithm);
    const key = this.#key(publicKey);
    if (!algorithm.keyTypes.includes(key.asymmetricKeyType ?? "")) {
      throw new CertificateFault("algorithm", "the signature is of another kind than the CA's key");
    }
    if (!isGood(bytes, key, algorithm)) {
      throw new CertificateFault("signature", "the signature is not the one of the CA");
    }
    remember(this.#good, proof);
  }

  /** @throws {CertificateFault} `algorithm` for a key that no signature is taken of */
  assertKey(publicKey: Uint8Array): void {
    this.#key(publicKey);
  }

  /** Parsed keys of CAs; strangers' intermediates come and go, so it is emptied now and then. */
  #key(publicKey: Uint8Array): KeyObject {
    const known = createHash("sha256").update(publicKey).digest("base64");
    const key = this.#keys.get(known) ?? blamed("the CA's key", () => readKey(publicKey));
    if (this.#keys.size >= 256) this.#keys.clear();
    this.#keys.set(known, key);
    return key;
  }
}

function isGood({ signed, signature }: SignedBytes, key: KeyObject, { digest, pss }: Algorithm): boolean {
  const padding = pss && { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: pss.saltBytes };
  try {
    return verify(digest, signed, { key, ...padding }, signature);
  } catch {
    return false;
  }
}

function readKey(publicKey: Uint8Array): KeyObject {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" });
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  const strong = key.asymmetricKeyType === "ec"
    ? CURVES.has(namedCurve ?? "")
    : modulusLength === undefined || (modulusLength >= RSA_BITS_MIN && modulusLength <= RSA_BITS_MAX);
  if (!strong) {
    throw new CertificateFault("algorithm", "the CA's key is of a size or curve that we do not take");
  }
  return key;
}

function readAlgorithm(der: Uint8Array): Algorithm {
  const [identifier, parameters] = partsOf(readDer(der));
  const name = hexOf(identifier?.content);
  const algorithm = name === RSA_PSS ? readPss(parameters?.whole) : ALGORITHMS.get(name);
  if (algorithm === undefined) {
    throw new CertificateFault("algorithm", "the signature is of an algorithm that we do not take");
  }
  return algorithm;
}

/** RFC 4055 §3.1. The defaults are SHA-1, so the digest has to be said; the mask must use the same. */
function readPss(parameters: Uint8Array | undefined): Algorithm | undefined {
  if (parameters === undefined) return undefined;
  const fields = new Map(partsOf(readDer(parameters)).map((field) => [field.tag, partsOf(field)[0]]));
  const [digest] = expectParts(fields.get(TAG.context(0)), TAG.sequence, "digest");
  const [, mask] = expectParts(fields.get(TAG.context(1)), TAG.sequence, "mask");
  const [maskDigest] = expectParts(mask, TAG.sequence, "mask digest");
  const name = DIGESTS.get(hexOf(digest?.content));
  const salt = fields.get(TAG.context(2))?.content;
  if (name === undefined || hexOf(maskDigest?.content) !== hexOf(digest?.content)) return undefined;
  return { digest: name, keyTypes: ["rsa", "rsa-pss"], pss: { saltBytes: salt?.at(-1) ?? 20 } };
}

/** Names a signature with all that it depends on. */
function digestOf({ signed, signatureAlgorithm, signature }: SignedBytes, publicKey: Uint8Array): string {
  const hash = createHash("sha256");
  // Each part is DER but the last, so no two ways of cutting give the same bytes.
  for (const part of [publicKey, signatureAlgorithm, signed, signature]) hash.update(part);
  return hash.digest("base64");
}

/** The oldest makes room. */
function remember(set: Set<string>, value: string): void {
  const [oldest] = set;
  if (set.size >= REMEMBERED_MAX && oldest !== undefined) set.delete(oldest);
  set.add(value);
}
