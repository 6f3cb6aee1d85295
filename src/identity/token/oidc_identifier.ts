import { isAuthenticationName } from "../attributes.ts";
import type { Credentials } from "../authenticator.ts";
import type { Fetch } from "../bounded_fetch.ts";
import type { Identification, Identity, TokenIdentifier, Voucher } from "../identifier.ts";
import type { OidcIssuer, TrustDirectory } from "../trust.ts";
import { TokenFault } from "./fault.ts";
import { judged } from "./judged.ts";
import { KEY_SET_LIMITS, type KeySetLimits, type KeySetOutcome, RemoteKeySet } from "./remote_key_set.ts";
import { claimedIssuerOf, readToken } from "./token.ts";
import { algorithms } from "./verification_key.ts";
import { type Claims, verifyToken } from "./verify.ts";

/** The authentication method. event-grid: specification §3.3. */
const METHOD = "OAUTH2-JWT";

/** What OIDC tokens are checked with. */
export interface OidcOptions {
  readonly trust: Pick<TrustDirectory, "oidcIssuers">;
  readonly fetch: Fetch;
  /** How far the clocks of issuer and broker may be apart. */
  readonly toleranceSeconds: number;
  readonly keySetLimits?: KeySetLimits;
  /** Told of each fetch of an issuer's keys once it is over. */
  readonly onKeySetFetch?: (outcome: KeySetOutcome) => void;
  /** The wall clock, in milliseconds since 1970. */
  readonly now?: () => number;
  /** A clock that does not jump, in milliseconds. */
  readonly monotonic?: () => number;
}

/**
 * Proves identities with access tokens of OIDC issuers, Entra's among them (event-grid: specification §3.3). Whoever
 * has one is a principal, and may do what its role assignments say.
 */
export class OidcIdentifier implements TokenIdentifier {
  readonly way = METHOD;
  readonly #options: OidcOptions;
  /** By address. Of those that are trusted now, or were when they were last used. */
  readonly #keySets = new Map<string, RemoteKeySet>();

  constructor(options: OidcOptions) {
    this.#options = options;
  }

  /** `undefined` with another authentication method, or without a trusted issuer. */
  identify({ authenticationMethod, authenticationData }: Credentials): undefined | Promise<Identification> {
    if (authenticationMethod !== METHOD || this.#options.trust.oidcIssuers().length === 0) return undefined;
    return judged(async () => {
      const { claims, issuer } = await this.verify(authenticationData ?? new Uint8Array());
      return this.#principal(claims, issuer);
    });
  }

  isOfIssuer(token: Uint8Array): boolean {
    return this.#trusted(claimedIssuerOf(token)) !== undefined;
  }

  withdrawn({ grounds }: Voucher): string | undefined {
    const stands = this.#options.trust.oidcIssuers().some((issuer) => groundsOf(issuer) === grounds);
    return stands ? undefined : "the token's issuer is not trusted any more";
  }

  /**
   * What a token says, and whose it is, once everything about it is proven but whom it names.
   *
   * @throws {TokenFault} if it is not accepted
   * @throws {KeysUnavailable} if its issuer's keys cannot be had
   */
  async verify(data: Uint8Array): Promise<{ readonly claims: Claims; readonly issuer: OidcIssuer }> {
    const token = readToken(data);
    if (!algorithms.has(token.algorithm)) {
      throw new TokenFault("algorithm", "the token is signed with an algorithm that proves nothing");
    }
    const issuer = this.#trusted(token.claimedIssuer);
    if (issuer === undefined) throw new TokenFault("issuer", "invalid issuer");
    const keys = await this.#keysOf(issuer).find(token);
    if (keys.length === 0) throw new TokenFault("key-unknown", "the token is signed with an unknown key");
    const claims = await verifyToken(token, keys, {
      issuer: issuer.issuer,
      isAudience: (audience) => issuer.audience.some((own) => bare(own) === bare(audience)),
      requiredClaims: [issuer.principalClaim],
      now: (this.#options.now ?? Date.now)(),
      toleranceSeconds: this.#options.toleranceSeconds,
    });
    return { claims, issuer };
  }

  #trusted(claimedIssuer: string | undefined): OidcIssuer | undefined {
    return this.#options.trust.oidcIssuers().find(({ issuer }) => issuer === claimedIssuer);
  }

  #keysOf({ jwksUri: url }: OidcIssuer): RemoteKeySet {
    const known = this.#keySets.get(url);
    if (known !== undefined) return known;
    this.#forgetUntrusted();
    const { fetch, keySetLimits: limits = KEY_SET_LIMITS, onKeySetFetch: onFetch } = this.#options;
    const { monotonic: now = () => performance.now() } = this.#options;
    const made = new RemoteKeySet({ url, fetch, limits, onFetch, now });
    this.#keySets.set(url, made);
    return made;
  }

  #forgetUntrusted(): void {
    const trusted = new Set(this.#options.trust.oidcIssuers().map(({ jwksUri }) => jwksUri));
    for (const url of this.#keySets.keys()) if (!trusted.has(url)) this.#keySets.delete(url);
  }

  #principal(claims: Claims, issuer: OidcIssuer): Identity {
    const name = claims[issuer.principalClaim];
    if (!isAuthenticationName(name)) {
      throw new TokenFault("claim", `the token's claim ${issuer.principalClaim} names nobody`);
    }
    return {
      kind: "oidc",
      issuer: issuer.issuer,
      authenticationName: name,
      authenticationType: "AccessToken",
      source: "JWT",
      authorities: [],
      expiresAt: (claims.exp + this.#options.toleranceSeconds) * 1000,
      voucher: { way: METHOD, grounds: groundsOf(issuer) },
    };
  }
}

/** An audience without what makes no difference; a scope `…/.default` yields one without the `/`. */
function bare(audience: string): string {
  return audience.endsWith("/") ? audience.slice(0, -1) : audience;
}

/** What a word of the issuer rests on: its keys may come and go. */
function groundsOf({ issuer, jwksUri, audience, principalClaim }: OidcIssuer): string {
  return JSON.stringify([issuer, jwksUri, audience, principalClaim]);
}
