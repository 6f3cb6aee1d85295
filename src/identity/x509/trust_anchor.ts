import type { Authority } from "../directory.ts";
import { type Certificate, parseCertificate } from "./certificate.ts";
import { CertificateFault } from "./fault.ts";
import { readRevocationList, type RevocationList } from "./revocation_list.ts";
import type { SignatureChecker } from "./signature.ts";

/** A registered CA, parsed. */
export interface TrustAnchor {
  readonly name: string;
  readonly certificate: Certificate;
  readonly revocationList: RevocationList | undefined;
}

/**
 * Parses a registered CA; whether it may be one, and whether it still may, is asked at each use.
 *
 * @throws {CertificateFault}
 */
export function readTrustAnchor(authority: Authority, signatures: SignatureChecker): TrustAnchor {
  const certificate = parseCertificate(authority.certificate);
  const list = authority.revocationList;
  return {
    name: authority.name,
    certificate,
    revocationList: list && readRevocationList(list, certificate, signatures),
  };
}

function isAnchor(read: TrustAnchor | CertificateFault): read is TrustAnchor {
  return !(read instanceof CertificateFault);
}

/** Keeps what has been parsed of authorities that are still the same objects. */
export class TrustAnchors {
  readonly #signatures: SignatureChecker;
  readonly #parsed = new WeakMap<Authority, TrustAnchor | CertificateFault>();

  constructor(signatures: SignatureChecker) {
    this.#signatures = signatures;
  }

  /** Those of `authorities` that can be parsed; registration refuses the others. */
  of(authorities: readonly Authority[]): TrustAnchor[] {
    return authorities.map((authority) => this.#one(authority)).filter(isAnchor);
  }

  #one(authority: Authority): TrustAnchor | CertificateFault {
    const known = this.#parsed.get(authority) ?? this.#read(authority);
    this.#parsed.set(authority, known);
    return known;
  }

  #read(authority: Authority): TrustAnchor | CertificateFault {
    try {
      return readTrustAnchor(authority, this.#signatures);
    } catch (error) {
      if (error instanceof CertificateFault) return error;
      throw error;
    }
  }
}
