import { z } from "zod";
import { declare } from "./key.ts";
import { isServiceUrl, SERVICE_URL_EXPECTED } from "./service_url.ts";

/** An OIDC issuer whose principals may come in. event-grid: specification §3.3. */
export interface EntraConfig {
  readonly issuer: string;
  readonly jwksUri: string;
  readonly audience: readonly string[];
  readonly principalClaim: string;
}

/** What Azure's tokens are for. */
const AUDIENCE_PRESET = "https://eventgrid.azure.net/";
/** Entra's identifier of a principal, which never names another one. */
const PRINCIPAL_CLAIM_PRESET = "oid";

/** A key of which one form of text is right. */
function words(expected: string, charactersMax = 2048) {
  return z.string({ error: expected }).min(1, { error: expected }).max(charactersMax, { error: expected });
}

const ISSUER = "what stands in the claim iss of the issuer's tokens";
const AUDIENCE = "a list of 1 to 16 audiences";
const CLAIM = "the name of a claim";

const issuer = words(ISSUER);
const jwksUri = words(SERVICE_URL_EXPECTED).refine(isServiceUrl, { error: SERVICE_URL_EXPECTED });
const audience = z.array(words("an audience"), { error: AUDIENCE }).min(1, { error: AUDIENCE })
  .max(16, { error: AUDIENCE });

/** The keys of such an issuer in the namespace's resource. */
export const entraProperties = {
  issuer,
  jwksUri,
  audience: audience.prefault([AUDIENCE_PRESET]),
  principalClaim: words(CLAIM, 128).prefault(PRINCIPAL_CLAIM_PRESET),
};

/** The same in the configuration, where there may be none. */
export const entra = z.strictObject({
  issuer: declare(issuer.optional(), {
    expected: ISSUER,
    reason:
      "an OIDC issuer, Entra or another, whose principals connect with `OAUTH2-JWT`. One counts at a time: that of " +
      "`clientAuthentication.entra` of the namespace, if there is one, comes in its place",
    unsaid: "none",
  }),
  jwksUri: declare(jwksUri.optional(), {
    expected: SERVICE_URL_EXPECTED,
    reason: "where the issuer's keys are",
    unsaid: "none",
  }),
  audience: declare(audience.prefault([AUDIENCE_PRESET]), {
    expected: AUDIENCE,
    reason: "whom the tokens are for, one of these; a `/` at the end makes no difference",
  }),
  principalClaim: declare(words(CLAIM, 128).prefault(PRINCIPAL_CLAIM_PRESET), {
    expected: CLAIM,
    reason: "what names the principal, which role assignments are for; it must never name another one",
  }),
})
  .refine(({ issuer, jwksUri }) => (issuer === undefined) === (jwksUri === undefined), {
    path: ["jwksUri"],
    error: `${SERVICE_URL_EXPECTED}, together with entra.issuer, or neither`,
  });

export type EntraKeys = z.output<typeof entra>;

/** The issuer, if one is configured. */
export function entraOf({ issuer, jwksUri, ...rest }: EntraKeys): EntraConfig | undefined {
  return issuer === undefined || jwksUri === undefined ? undefined : { issuer, jwksUri, ...rest };
}
