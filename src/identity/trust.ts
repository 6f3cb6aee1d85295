/** Who is trusted to say who somebody is. Implemented by whoever keeps the resources. */

/** An issuer of tokens whose principals have roles. event-grid: specification §3.3. */
export interface OidcIssuer {
  /** As it stands in `iss`. */
  readonly issuer: string;
  /** Where its keys are. */
  readonly jwksUri: string;
  /** One of them has to stand in `aud`; a `/` at the end makes no difference. */
  readonly audience: readonly string[];
  /** The claim that names the principal. */
  readonly principalClaim: string;
}

/** A key of an issuer, as it was registered. */
export interface IssuerKey {
  /** What a token's `kid` names it by. */
  readonly kid: string;
  /** PEM: a certificate or a public key. */
  readonly encoded: string;
}

/** The issuer of tokens that name clients and give them attributes. event-grid: specification §3.4. */
export interface CustomIssuer {
  /** As it stands in `iss`. */
  readonly issuer: string;
  /** An unchanged one is the same object each time, so that it is read once. */
  readonly keys: readonly IssuerKey[];
}

/** Who is asked about whom nobody else knows. event-grid: specification §3.5. */
export interface WebhookEndpoint {
  readonly url: string;
  /** For what a credential is asked of the authorization server, where one is configured. */
  readonly scope: string | undefined;
}

/** What is trusted now. */
export interface TrustDirectory {
  oidcIssuers(): readonly OidcIssuer[];
  customIssuer(): CustomIssuer | undefined;
  webhook(): WebhookEndpoint | undefined;
  /** What the broker is known as: its host name and its custom domains. */
  hostnames(): readonly string[];
}
