/** Identifiers of tokens with a clock that a test moves, and what they say. */
import assert from "node:assert/strict";
import type { Credentials } from "../../../src/identity/authenticator.ts";
import type { Identification, Identifier, Identity } from "../../../src/identity/identifier.ts";
import { OidcIdentifier } from "../../../src/identity/token/oidc_identifier.ts";
import { KEY_SET_LIMITS, type KeySetLimits } from "../../../src/identity/token/remote_key_set.ts";
import type { OidcIssuer } from "../../../src/identity/trust.ts";
import { KeySetMetrics } from "../../../src/observe/key_set_metrics.ts";
import { credentials } from "../directory.ts";
import type { FakeIssuer } from "./issuer.ts";

/** Credentials of a CONNECT that brings a token. */
export function bearing(token: string | Uint8Array, method = "OAUTH2-JWT"): Credentials {
  return {
    ...credentials({}),
    authenticationMethod: method,
    authenticationData: typeof token === "string" ? new TextEncoder().encode(token) : token,
  };
}

/** Who a token has proven somebody to be. */
export async function identityOf(identifier: Identifier, given: Credentials): Promise<Identity> {
  const found = await identifier.identify(given);
  assert.ok(found?.identified, JSON.stringify(found));
  return found.identity;
}

/** Why it has not. */
export async function refusalOf(identifier: Identifier, given: Credentials): Promise<[number, string]> {
  const found: Identification | undefined = await identifier.identify(given);
  assert.ok(found?.identified === false, JSON.stringify(found));
  return [found.reason, found.cause];
}

/** An identifier that trusts some issuers, with its own time. */
export class OidcWorld {
  trusted: OidcIssuer[];
  /** Added to both clocks, in milliseconds. */
  later = 0;
  readonly metrics = new KeySetMetrics();
  readonly identifier: OidcIdentifier;

  constructor(issuers: readonly FakeIssuer[], limits: Partial<KeySetLimits> = {}, toleranceSeconds = 0) {
    this.trusted = issuers.map(({ trusted }) => trusted);
    this.identifier = new OidcIdentifier({
      trust: { oidcIssuers: () => this.trusted },
      fetch,
      toleranceSeconds,
      onKeySetFetch: (outcome) => this.metrics.fetched(outcome),
      keySetLimits: { ...KEY_SET_LIMITS, ...limits },
      now: () => Date.now() + this.later,
      monotonic: () => performance.now() + this.later,
    });
  }

  /** The name that a token proves. */
  async nameOf(token: string): Promise<string> {
    return (await identityOf(this.identifier, bearing(token))).authenticationName;
  }

  refuses(token: string | Uint8Array): Promise<[number, string]> {
    return refusalOf(this.identifier, bearing(token));
  }
}
