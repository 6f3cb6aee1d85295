import { blamed, CertificateFault } from "./fault.ts";
import { assertAuthority } from "./requirements.ts";
import { SignatureChecker } from "./signature.ts";
import { readTrustAnchor, type TrustAnchor } from "./trust_anchor.ts";

/** What somebody wants to register as a CA. */
export interface AuthorityCandidate {
  /** DER. */
  readonly certificate: Uint8Array;
  /** DER of a CRL. */
  readonly revocationList?: Uint8Array | undefined;
}

/** What a registration keeps of it: ISO 8601, to the second. */
export interface AuthorityFacts {
  readonly issueTimeInUtc: string;
  readonly expiryTimeInUtc: string;
}

/** Which of both is wrong, and what would be right. */
export interface AuthorityRefusal {
  readonly key: "encodedCertificate" | "encodedCertificateRevocationList";
  readonly expected: string;
}

/** Looks at CA certificates that are to be registered. */
export class AuthorityInspector {
  /** An expired one can be registered too; it vouches for nobody. */
  inspect(candidate: AuthorityCandidate): Promise<AuthorityFacts | AuthorityRefusal> {
    return Promise.resolve(inspectAuthority(candidate));
  }
}

function inspectAuthority(
  { certificate, revocationList }: AuthorityCandidate,
): AuthorityFacts | AuthorityRefusal {
  const authority = { name: "", certificate };
  const anchor = orFault(() => readUsable(authority));
  if (anchor instanceof CertificateFault) {
    return { key: "encodedCertificate", expected: `a certificate of a CA: ${anchor.message}` };
  }
  const listed = revocationList && orFault(() => readUsable({ ...authority, revocationList }));
  if (listed instanceof CertificateFault) {
    return {
      key: "encodedCertificateRevocationList",
      expected: `a revocation list of this CA: ${listed.message}`,
    };
  }
  const { notBefore, notAfter } = anchor.certificate;
  return { issueTimeInUtc: isoTime(notBefore), expiryTimeInUtc: isoTime(notAfter) };
}

function readUsable(
  authority: { name: string; certificate: Uint8Array; revocationList?: Uint8Array },
): TrustAnchor {
  const signatures = new SignatureChecker();
  const anchor = readTrustAnchor(authority, signatures);
  signatures.assertKey(anchor.certificate.publicKey);
  // At a time when it is valid: its validity is not asked here.
  assertAuthority(anchor.certificate, 0, anchor.certificate.notBefore);
  return anchor;
}

function orFault<T>(read: () => T): T | CertificateFault {
  try {
    return blamed("it", read);
  } catch (error) {
    if (error instanceof CertificateFault) return error;
    throw error;
  }
}

function isoTime(time: number): string {
  return new Date(time).toISOString().replace(".000Z", "Z");
}
