import { isAuthenticationName } from "../attributes.ts";
import type { Credentials } from "../authenticator.ts";
import type { Identification, Identity, TokenIdentifier, Voucher } from "../identifier.ts";
import type { CustomIssuer, IssuerKey, TrustDirectory } from "../trust.ts";
import { attributesOf } from "./attribute_claims.ts";
import { TokenFault } from "./fault.ts";
import { namesHost } from "./host_audience.ts";
import { type CustomAlgorithm, type ReadIssuerKey, readIssuerKey } from "./issuer_key.ts";
import { judged } from "./judged.ts";
import { claimedIssuerOf, type PresentedToken, readToken } from "./token.ts";
import type { VerificationKey } from "./verification_key.ts";
import { type Claims, verifyToken } from "./verify.ts";

/** The authentication method. event-grid: specification §3.4. */
const METHOD = "CUSTOM-JWT";

/** What custom tokens are checked with. */
export interface CustomTokenOptions {
  readonly trust: Pick<TrustDirectory, "customIssuer" | "hostnames">;
  /** event-grid: RS256 alone. */
  readonly algorithms: readonly CustomAlgorithm[];
  /** How far the clocks of issuer and broker may be apart. */
  readonly toleranceSeconds: number;
  /** The wall clock, in milliseconds since 1970. */
  readonly now?: () => number;
}

/** A registered key as it is used. */
interface UsedKey extends VerificationKey, Pick<ReadIssuerKey, "notBefore" | "notAfter"> {
  readonly registered: IssuerKey;
}

/**
 * Proves identities with tokens of the operator's own issuer (event-grid: specification §3.4): the token names the
 * client and gives it attributes, and the client need not be registered.
 */
export class CustomTokenIdentifier implements TokenIdentifier {
  readonly way = METHOD;
  readonly #options: CustomTokenOptions;
  readonly #read = new WeakMap<IssuerKey, Promise<ReadIssuerKey | undefined>>();

  constructor(options: CustomTokenOptions) {
    this.#options = options;
  }

  /** `undefined` with another authentication method, or without an issuer. */
  identify({ authenticationMethod, authenticationData }: Credentials): undefined | Promise<Identification> {
    const issuer = this.#options.trust.customIssuer();
    if (authenticationMethod !== METHOD || issuer === undefined) return undefined;
    return judged(() => this.#look(authenticationData ?? new Uint8Array(), issuer));
  }

  isOfIssuer(token: Uint8Array): boolean {
    const issuer = this.#options.trust.customIssuer();
    return issuer !== undefined && claimedIssuerOf(token) === issuer.issuer;
  }

  withdrawn({ grounds }: Voucher): string | undefined {
    const issuer = this.#options.trust.customIssuer();
    const stands = issuer?.keys.some((key) => groundsOf(issuer, key) === grounds) ?? false;
    return stands ? undefined : "the token's issuer or its key is not trusted any more";
  }

  async #look(data: Uint8Array, issuer: CustomIssuer): Promise<Identity> {
    const token = readToken(data);
    if (!this.#options.algorithms.some((algorithm) => algorithm === token.algorithm)) {
      const allowed = this.#options.algorithms.join(" or ");
      throw new TokenFault("algorithm", `the token is not signed with ${allowed}`);
    }
    const { key, claims } = await this.#verify(token, issuer);
    return this.#client(claims, groundsOf(issuer, key.registered));
  }

  /** The claims, and the key that has signed them. */
  async #verify(token: PresentedToken, issuer: CustomIssuer): Promise<{ key: UsedKey; claims: Claims }> {
    const keys = await this.#keysOf(issuer, token);
    if (keys.length === 0) throw new TokenFault("key-unknown", "the token is signed with an unknown key");
    let last: unknown;
    for (const key of keys) {
      try {
        return { key, claims: await this.#verifyWith(key, token, issuer) };
      } catch (error) {
        if (!(error instanceof TokenFault) || error.code !== "signature") throw error;
        last = error;
      }
    }
    throw last;
  }

  #verifyWith(key: UsedKey, token: PresentedToken, issuer: CustomIssuer): Promise<Claims> {
    const { trust, toleranceSeconds } = this.#options;
    return verifyToken(token, [key], {
      issuer: issuer.issuer,
      isAudience: (audience) => trust.hostnames().some((hostname) => namesHost(audience, hostname)),
      requiredClaims: ["sub", "nbf"],
      now: this.#now(),
      toleranceSeconds,
    });
  }

  /** The key that the token names, or without a name all that fit. */
  async #keysOf({ keys }: CustomIssuer, { kid, algorithm }: PresentedToken): Promise<UsedKey[]> {
    const named = keys.filter((key) => kid === undefined || key.kid === kid);
    const read = await Promise.all(named.map((registered) => this.#readKey(registered)));
    const able = read.filter((key) => key?.algorithm === algorithm).filter((key) => key !== undefined);
    const now = this.#now();
    const valid = able.filter(({ notBefore, notAfter }) => notBefore <= now && now <= notAfter);
    if (able.length > 0 && valid.length === 0) {
      throw new TokenFault("key", "the certificate of the token's issuer is not valid now");
    }
    return valid;
  }

  async #readKey(registered: IssuerKey): Promise<UsedKey | undefined> {
    const reading = this.#read.get(registered) ?? readIssuerKey(registered.encoded);
    this.#read.set(registered, reading);
    const key = await reading;
    return key && { ...key, kid: registered.kid, registered };
  }

  #client(claims: Claims, grounds: string): Identity {
    const { sub, exp } = claims;
    if (!isAuthenticationName(sub)) throw new TokenFault("claim", "the token's claim sub names nobody");
    return {
      kind: "external",
      authenticationName: sub,
      authenticationType: "AccessToken",
      source: "JWT",
      authorities: [],
      expiresAt: (exp + this.#options.toleranceSeconds) * 1000,
      attributes: attributesOf(claims),
      voucher: { way: METHOD, grounds },
    };
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}

/** What a word of the issuer rests on: that key, under whatever name. */
function groundsOf({ issuer }: CustomIssuer, { encoded }: IssuerKey): string {
  return JSON.stringify([issuer, encoded]);
}
