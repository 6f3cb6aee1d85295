import { isAuthenticationName } from "../attributes.ts";
import type { OidcIssuer } from "../trust.ts";
import { KeysUnavailable, TokenFault } from "./fault.ts";
import { OidcIdentifier, type OidcOptions } from "./oidc_identifier.ts";
import type { Claims } from "./verify.ts";

/** What makes a principal of an issuer an operator. */
export interface OidcOperatorsOptions<Role extends string> extends Omit<OidcOptions, "trust"> {
  readonly issuer: OidcIssuer;
  /** The claim that lists a principal's roles. */
  readonly roleClaim: string;
  /** What the issuer calls our roles, the highest first. */
  readonly roles: readonly (readonly [issuers: string, ours: Role])[];
}

/** Who an operator is, and by what. */
export interface OidcOperator<Role extends string> {
  readonly role: Role;
  /** The principal. */
  readonly id: string;
  readonly proof: "oidc";
}

/**
 * Says whether an access token is that of an operator. The issuer is one of the configuration alone, and a role in the
 * token is needed beside it: being somebody there gives nobody the right to manage this broker.
 */
export class OidcOperators<Role extends string> {
  readonly #options: OidcOperatorsOptions<Role>;
  readonly #tokens: OidcIdentifier;

  constructor(options: OidcOperatorsOptions<Role>) {
    this.#options = options;
    this.#tokens = new OidcIdentifier({ ...options, trust: { oidcIssuers: () => [options.issuer] } });
  }

  /**
   * The operator whom a token names; asked at each request, since tokens expire.
   *
   * @returns `undefined` for a token that is not accepted, or of somebody without a role; `unavailable` where it cannot
   * be checked now
   */
  async operatorOf(token: string): Promise<OidcOperator<Role> | undefined | "unavailable"> {
    try {
      const { claims } = await this.#tokens.verify(new TextEncoder().encode(token));
      return this.#operator(claims);
    } catch (error) {
      if (error instanceof TokenFault) return undefined;
      if (error instanceof KeysUnavailable) return "unavailable";
      throw error;
    }
  }

  #operator(claims: Claims): OidcOperator<Role> | undefined {
    const { issuer, roleClaim, roles } = this.#options;
    const id = claims[issuer.principalClaim];
    const said = listOf(claims[roleClaim]);
    const role = roles.find(([name]) => said.includes(name))?.[1];
    return role === undefined || !isAuthenticationName(id) ? undefined : { role, id, proof: "oidc" };
  }
}

/** One role may stand without a list around it. */
function listOf(claim: unknown): readonly unknown[] {
  return Array.isArray(claim) ? claim : [claim];
}
