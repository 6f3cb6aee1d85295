import type { Authority } from "../directory.ts";
import { type Certificate, parseCertificate } from "./certificate.ts";
import { carriesName } from "./certificate_name.ts";
import { validateChain } from "./chain.ts";
import { CertificateFault } from "./fault.ts";
import { assertClientCertificate } from "./requirements.ts";
import { SignatureChecker } from "./signature.ts";
import { hasThumbprint } from "./thumbprint.ts";
import { TrustAnchors } from "./trust_anchor.ts";

/** An operator who shows a certificate: one certificate, or a name that a CA of operators vouches for. */
export type OperatorRule<Role extends string> =
  & { readonly role: Role }
  & ({ readonly thumbprint: string } | { readonly subject: string });

/** Who an operator is, and by what. */
export interface CertifiedOperator<Role extends string> {
  readonly role: Role;
  /** The thumbprint or the subject of the rule. */
  readonly id: string;
  readonly proof: "certificate";
}

/** Certificates that a peer may present; whoever sends more wants us busy. */
const PRESENTED_MAX = 10;

/**
 * Says whether a certificate is that of an operator. CAs of clients count for nothing here: whoever issues certificates
 * to devices must not be able to make operators.
 */
export class OperatorCertificates<Role extends string> {
  readonly #rules: readonly OperatorRule<Role>[];
  readonly #authorities: readonly Authority[];
  readonly #now: () => number;
  readonly #signatures = new SignatureChecker();
  readonly #anchors = new TrustAnchors(this.#signatures);

  /**
   * @param authorities the CAs of operators, asked for subjects alone
   * @param now the wall clock, in milliseconds since 1970
   */
  constructor(
    rules: readonly OperatorRule<Role>[],
    authorities: readonly Authority[],
    now: () => number = Date.now,
  ) {
    this.#rules = rules;
    this.#authorities = authorities;
    this.#now = now;
  }

  /**
   * The operator whose certificate heads a chain that a peer has presented; the first rule that fits decides. Asked at
   * each request, since certificates expire while connections stay.
   *
   * @param chain in DER, the peer's own certificate first; nobody has verified it
   */
  operatorOf([first, ...others]: readonly Uint8Array[]): CertifiedOperator<Role> | undefined {
    if (first === undefined || others.length >= PRESENTED_MAX) return undefined;
    try {
      const leaf = parseCertificate(first);
      assertClientCertificate(leaf, this.#now());
      const rule = this.#rules.find((one) => fits(one, leaf));
      if (rule === undefined) return undefined;
      if ("subject" in rule) this.#assertIssued(leaf, others);
      const id = "subject" in rule ? rule.subject : rule.thumbprint;
      return { role: rule.role, id, proof: "certificate" };
    } catch (error) {
      if (error instanceof CertificateFault) return undefined;
      throw error;
    }
  }

  #assertIssued(leaf: Certificate, others: readonly Uint8Array[]): void {
    const presented = others.map((der) => parseCertificate(der));
    const anchors = this.#anchors.of(this.#authorities);
    validateChain({ leaf, presented, anchors, now: this.#now() }, this.#signatures);
  }
}

function fits<Role extends string>(rule: OperatorRule<Role>, leaf: Certificate): boolean {
  return "subject" in rule
    ? carriesName(leaf, "SubjectMatchesAuthenticationName", rule.subject)
    : hasThumbprint(leaf.der, [rule.thumbprint]);
}
