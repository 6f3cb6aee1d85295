import { AsnConvert } from "@peculiar/asn1-schema";
import { Extensions } from "@peculiar/asn1-x509";
import { type DerElement, expect, expectParts, hexOf, readDer, TAG, wholeBits } from "./der.ts";
import { type KnownExtensions, readExtensions } from "./extensions.ts";
import { blamed, CertificateFault } from "./fault.ts";
import { readTime } from "./time.ts";

/** An X.509 certificate of version 3, parsed and nothing more: nobody has said yet that it can be trusted. */
export interface Certificate extends SignedBytes {
  readonly der: Uint8Array;
  /** Hexadecimal, without leading zeros. */
  readonly serial: string;
  /** DER of a `Name`; names are the same if these bytes are. */
  readonly issuer: Uint8Array;
  /** DER of a `Name`. */
  readonly subject: Uint8Array;
  /** Milliseconds since 1970, both within the validity. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** DER of a `SubjectPublicKeyInfo`. */
  readonly publicKey: Uint8Array;
  readonly extensions: KnownExtensions;
}

/** What certificates and revocation lists have in common (RFC 5280 §4.1, §5.1). */
export interface SignedBytes {
  readonly signed: Uint8Array;
  /** DER of an `AlgorithmIdentifier`. */
  readonly signatureAlgorithm: Uint8Array;
  readonly signature: Uint8Array;
}

/** The largest certificate that is looked at; the TLS stack's own parser stops at 64 KiB. */
export const CERTIFICATE_BYTES_MAX = 32 * 1024;
/** `[0] EXPLICIT INTEGER 2`, which is version 3. */
const VERSION_3 = [0xa0, 0x03, 0x02, 0x01, 0x02];

/**
 * Parses a certificate.
 *
 * Only version 3 (RFC 5280 §4.1.2.1): for version 1 the runtime's TLS stack does not check that the peer holds
 * the key.
 *
 * @param der one certificate, and nothing behind it
 * @throws {CertificateFault}
 */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > CERTIFICATE_BYTES_MAX) {
    throw new CertificateFault("malformed", `the certificate is larger than ${CERTIFICATE_BYTES_MAX} bytes`);
  }
  const { parts, ...signedBytes } = readSigned(readDer(der));
  const [version, serial, algorithm, issuer, validity, subject, publicKey, ...rest] = parts;
  assertVersion(version);
  assertSameAlgorithm(algorithm, signedBytes.signatureAlgorithm);
  const [notBefore, notAfter] = expectParts(validity, TAG.sequence, "validity");
  return {
    ...signedBytes,
    der,
    serial: readSerial(serial),
    issuer: expect(issuer, TAG.sequence, "issuer").whole,
    subject: expect(subject, TAG.sequence, "subject").whole,
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    publicKey: readPublicKey(publicKey),
    extensions: readExtensionList(rest),
  };
}

/** Takes apart what a CA has signed; `parts` are those of the signed sequence. */
export function readSigned(element: DerElement): SignedBytes & { readonly parts: readonly DerElement[] } {
  const [signed, algorithm, signature, ...rest] = expectParts(element, TAG.sequence, "sequence");
  if (rest.length > 0) throw new CertificateFault("malformed", "the encoding has more than three parts");
  return {
    parts: expectParts(signed, TAG.sequence, "signed part"),
    signed: expect(signed, TAG.sequence, "signed part").whole,
    signatureAlgorithm: expect(algorithm, TAG.sequence, "signature algorithm").whole,
    signature: wholeBits(signature, "signature"),
  };
}

/** RFC 5280 §4.1.1.2: the algorithm that is signed is the one that is said outside. */
export function assertSameAlgorithm(inside: DerElement | undefined, outside: Uint8Array): void {
  if (!sameBytes(expect(inside, TAG.sequence, "signature algorithm").whole, outside)) {
    throw new CertificateFault("algorithm", "the certificate names two signature algorithms");
  }
}

/** A serial number as it is compared: hexadecimal, without leading zeros. */
export function readSerial(element: DerElement | undefined): string {
  return hexOf(expect(element, TAG.integer, "serial number").content).replace(/^0+(?=.)/, "");
}

export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

function assertVersion(version: DerElement | undefined): void {
  if (version !== undefined && sameBytes(version.whole, Uint8Array.from(VERSION_3))) return;
  throw new CertificateFault("version", "the certificate is not of version 3");
}

function readPublicKey(element: DerElement | undefined): Uint8Array {
  const [algorithm, key, ...rest] = expectParts(element, TAG.sequence, "public key");
  expect(algorithm, TAG.sequence, "key algorithm");
  wholeBits(key, "key");
  if (element === undefined || rest.length > 0) {
    throw new CertificateFault("malformed", "the encoding has more in its public key than belongs there");
  }
  return element.whole;
}

/** Unique identifiers (`[1]`, `[2]`) are refused with whatever else is unexpected; nobody issues them any more. */
function readExtensionList(rest: readonly DerElement[]): KnownExtensions {
  const [list, ...more] = rest;
  if (list === undefined) return readExtensions([]);
  const [sequence, ...others] = expectParts(list, TAG.context(3), "list of extensions");
  if (sequence === undefined || more.length + others.length > 0) {
    throw new CertificateFault("malformed", "the encoding has more around its extensions than belongs there");
  }
  return readExtensions(blamed("the list of extensions", () => AsnConvert.parse(sequence.whole, Extensions)));
}
