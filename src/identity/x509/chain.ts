import { type Certificate, sameBytes } from "./certificate.ts";
import { CertificateFault } from "./fault.ts";
import { assertWithin } from "./name_constraints.ts";
import { assertAuthority, assertClientCertificate, assertNoAuthority } from "./requirements.ts";
import type { SignatureChecker } from "./signature.ts";
import type { TrustAnchor } from "./trust_anchor.ts";

/** What is validated, and against what. */
export interface ChainQuestion {
  /** The client's own certificate. */
  readonly leaf: Certificate;
  /** What else it has presented, in any order. */
  readonly presented: readonly Certificate[];
  readonly anchors: readonly TrustAnchor[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A chain that holds. */
export interface ValidChain {
  /** Names of the registered CAs that are in it, the one it ends at first. */
  readonly authorities: readonly string[];
  /** When the first of its certificates expires, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/** A way from a registered CA down to the leaf: the CA, then what stands between. */
interface Candidate {
  readonly anchor: TrustAnchor;
  readonly between: readonly Certificate[];
}

/** CAs between the registered one and the leaf. */
const BETWEEN_MAX = 6;
/** Ways that are tried. One is usual; more need CAs of the same name. */
const CANDIDATES_MAX = 16;

/**
 * Finds a chain from the leaf through presented CAs to any registered one, root or intermediate, and validates it
 * (RFC 5280 §6.1, without policies).
 *
 * Candidates are found by names alone and then checked from the registered CA downwards, so that a stranger's own
 * CAs cost one signature check and not one each.
 *
 * @throws {CertificateFault} what is wrong with the candidate that came first, or `issuer-unknown` without one
 */
export function validateChain(question: ChainQuestion, signatures: SignatureChecker): ValidChain {
  const { leaf, now } = question;
  assertNoAuthority(leaf);
  assertClientCertificate(leaf, now);
  let first: CertificateFault | undefined;
  let tried = 0;
  for (const candidate of candidates(leaf, question, [])) {
    if (++tried > CANDIDATES_MAX) break;
    const chain = attempt(candidate, question, signatures);
    if (!(chain instanceof CertificateFault)) return chain;
    first ??= chain;
  }
  throw first ?? new CertificateFault("issuer-unknown", "no registered CA has issued the client certificate");
}

/** Every way whose names fit together; a generator, so that only those are made that are tried. */
function* candidates(
  below: Certificate,
  question: ChainQuestion,
  between: readonly Certificate[],
): Generator<Candidate> {
  for (const anchor of question.anchors) {
    if (sameBytes(anchor.certificate.subject, below.issuer)) yield { anchor, between };
  }
  if (between.length === BETWEEN_MAX) return;
  for (const certificate of question.presented) {
    if (between.includes(certificate) || !sameBytes(certificate.subject, below.issuer)) continue;
    yield* candidates(certificate, question, [certificate, ...between]);
  }
}

function attempt(
  candidate: Candidate,
  question: ChainQuestion,
  signatures: SignatureChecker,
): ValidChain | CertificateFault {
  try {
    return validate(candidate, question, signatures);
  } catch (error) {
    if (error instanceof CertificateFault) return error;
    throw error;
  }
}

function validate(
  { anchor, between }: Candidate,
  { leaf, anchors, now }: ChainQuestion,
  signatures: SignatureChecker,
): ValidChain {
  const authorities = [anchor.certificate, ...between];
  authorities.forEach((authority, index) => assertAuthority(authority, between.length - index, now));
  const issued = [...between, leaf];
  issued.forEach((certificate, index) => {
    const issuer = authorities[index];
    if (issuer === undefined) return;
    signatures.check(certificate, issuer.publicKey);
    assertNotRevoked(certificate, issuer, { anchors, now });
    for (const above of authorities.slice(0, index + 1)) assertNames(above, certificate);
  });
  return {
    authorities: [anchor.name, ...between.flatMap((certificate) => namesOf(certificate, anchors))],
    expiresAt: Math.min(...[...authorities, leaf].map(({ notAfter }) => notAfter)),
  };
}

/** What a CA is registered as, if it is: its revocation list was asked too. */
function namesOf(authority: Certificate, anchors: readonly TrustAnchor[]): string[] {
  return anchors.filter(({ certificate }) => sameAuthority(certificate, authority)).map(({ name }) => name);
}

function assertNames(authority: Certificate, certificate: Certificate): void {
  const { nameConstraints } = authority.extensions;
  if (nameConstraints === undefined) return;
  const { subject, extensions: { alternativeNames } } = certificate;
  assertWithin(nameConstraints, { subject, alternativeNames });
}

/**
 * Asks the list of the issuer, also where the chain only passes through it: presenting a registered CA must not make
 * its list unread. A list that is out of date is not taken for the lack of a revocation.
 */
function assertNotRevoked(
  { serial }: Certificate,
  issuer: Certificate,
  { anchors, now }: Pick<ChainQuestion, "anchors" | "now">,
): void {
  for (const { name, certificate, revocationList } of anchors) {
    if (revocationList === undefined || !sameAuthority(certificate, issuer)) continue;
    if (revocationList.revoked.has(serial)) {
      throw new CertificateFault("revoked", `CA ${name} has revoked the certificate`);
    }
    if (revocationList.nextUpdate !== undefined && now > revocationList.nextUpdate) {
      throw new CertificateFault("revocation-list", `the revocation list of CA ${name} is out of date`);
    }
  }
}

/** Whether two certificates are of one CA: the same name and key. */
function sameAuthority(left: Certificate, right: Certificate): boolean {
  return sameBytes(left.subject, right.subject) && sameBytes(left.publicKey, right.publicKey);
}
