import { KeyUsageFlags } from "@peculiar/asn1-x509";
import { assertSameAlgorithm, type Certificate, readSerial, readSigned, sameBytes } from "./certificate.ts";
import { type DerElement, expect, expectParts, hexOf, partsOf, readDer, TAG } from "./der.ts";
import { CertificateFault } from "./fault.ts";
import type { SignatureChecker } from "./signature.ts";
import { readTime } from "./time.ts";

/** What one CA has taken back (RFC 5280 §5). */
export interface RevocationList {
  /** Serial numbers as `readSerial` writes them. */
  readonly revoked: ReadonlySet<string>;
  /** Milliseconds since 1970; from then on the CA may have revoked more than this list says. */
  readonly nextUpdate: number | undefined;
}

/** `INTEGER 1`, which is version 2. */
const VERSION_2 = "020101";
/** Of the list: its number and its issuer's key identifier (2.5.29.20, .35). Of an entry: the reason and the date (.21, .24). */
const HARMLESS: ReadonlySet<string> = new Set(["551d14", "551d23", "551d15", "551d18"]);

/**
 * Reads a CRL that `issuer` has signed. A list that speaks for others, or tells only what changed, is refused: it
 * says so in a critical extension.
 *
 * @throws {CertificateFault}
 */
export function readRevocationList(
  der: Uint8Array,
  issuer: Certificate,
  signatures: SignatureChecker,
): RevocationList {
  const { parts, ...signedBytes } = readSigned(readDer(der));
  // Version 1 has no extensions and no version field.
  const versioned = hexOf(parts[0]?.whole) === VERSION_2;
  const [algorithm, name, thisUpdate, ...rest] = versioned ? parts.slice(1) : parts;
  assertSameAlgorithm(algorithm, signedBytes.signatureAlgorithm);
  assertIssuer(expect(name, TAG.sequence, "issuer").whole, issuer);
  signatures.check(signedBytes, issuer.publicKey);
  readTime(thisUpdate);
  const timed = isTime(rest[0]);
  const [list, extensions] = bodyOf(timed ? rest.slice(1) : rest);
  assertHarmless(extensions && partsOf(extensions)[0]);
  return {
    revoked: new Set((list === undefined ? [] : partsOf(list)).map(readEntry)),
    nextUpdate: timed ? readTime(rest[0]) : undefined,
  };
}

function assertIssuer(name: Uint8Array, issuer: Certificate): void {
  const { keyUsage } = issuer.extensions;
  if (!sameBytes(name, issuer.subject)) throw fault("is of another CA");
  if (keyUsage !== undefined && (keyUsage & KeyUsageFlags.cRLSign) === 0) {
    throw fault("is signed with a key that may not sign any");
  }
}

function bodyOf(parts: readonly DerElement[]): [DerElement | undefined, DerElement | undefined] {
  const [first, second, ...more] = parts;
  const listed = first?.tag === TAG.sequence;
  const extensions = listed ? second : first;
  const known = extensions === undefined || extensions.tag === TAG.context(0);
  if (!known || more.length > 0 || (!listed && second !== undefined)) {
    throw fault("has parts that do not belong there");
  }
  return [listed ? first : undefined, extensions];
}

function readEntry(element: DerElement): string {
  const [serial, date, extensions] = expectParts(element, TAG.sequence, "entry");
  readTime(date);
  assertHarmless(extensions);
  return readSerial(serial);
}

/** Every critical extension must be one that changes nothing of what the list says. */
function assertHarmless(extensions: DerElement | undefined): void {
  if (extensions === undefined) return;
  for (const extension of expectParts(extensions, TAG.sequence, "list of extensions")) {
    const [identifier, critical] = partsOf(extension);
    const isCritical = critical?.tag === TAG.boolean && critical.content[0] !== 0;
    if (isCritical && !HARMLESS.has(hexOf(identifier?.content))) {
      throw fault("has a critical extension that we do not know");
    }
  }
}

function isTime(element: DerElement | undefined): boolean {
  return element?.tag === TAG.utcTime || element?.tag === TAG.generalizedTime;
}

function fault(what: string): CertificateFault {
  return new CertificateFault("revocation-list", `the revocation list ${what}`);
}
