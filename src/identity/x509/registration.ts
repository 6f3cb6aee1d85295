import { CertificateFault } from "./fault.ts";
import { readPem } from "./pem.ts";
import { assertAuthority } from "./requirements.ts";
import { SignatureChecker } from "./signature.ts";
import { readTrustAnchor } from "./trust_anchor.ts";

/** What somebody registers as a CA, as text. */
export interface AuthorityText {
  readonly name: string;
  /** PEM, on one line or many. */
  readonly certificate: string;
  /** PEM of a CRL. */
  readonly revocationList?: string;
}

/** A CA certificate that can be registered. */
export interface RegistrableAuthority {
  readonly name: string;
  /** DER. */
  readonly certificate: Uint8Array;
  /** DER. */
  readonly revocationList?: Uint8Array;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/**
 * Reads a CA certificate that somebody wants to register; an expired one too, which then vouches for nobody.
 *
 * @throws {CertificateFault} if it is no certificate of a CA, holds several, or the list is not its own
 */
export function readAuthority({ name, certificate, revocationList }: AuthorityText): RegistrableAuthority {
  const authority = {
    name,
    certificate: onlyBlock(certificate, "CERTIFICATE"),
    ...revocationList === undefined ? {} : { revocationList: onlyBlock(revocationList, "X509 CRL") },
  };
  const signatures = new SignatureChecker();
  const { certificate: parsed } = readTrustAnchor(authority, signatures);
  const { notBefore, notAfter, publicKey } = parsed;
  signatures.assertKey(publicKey);
  // At a time when it is valid: its validity is not asked here.
  assertAuthority(parsed, 0, notBefore);
  return { ...authority, notBefore, notAfter };
}

/** A resource is one certificate; a bundle would have others that nobody sees. */
function onlyBlock(text: string, label: "CERTIFICATE" | "X509 CRL"): Uint8Array {
  const [only, ...more] = readPem(text, label);
  if (only === undefined || more.length > 0) {
    throw new CertificateFault("malformed", `the text holds more than one PEM block of a ${label}`);
  }
  return only;
}
