import { z } from "zod";
import { isServiceUrl, SERVICE_URL_EXPECTED } from "./service_url.ts";

/** An OIDC issuer whose principals may come in. event-grid: specification §3.3. */
export interface EntraConfig {
  readonly issuer: string;
  readonly jwksUri: string;
  readonly audience: readonly string[];
  readonly principalClaim: string;
}

/** What Azure's tokens are for. */
export const AUDIENCE_PRESET = "https://eventgrid.azure.net/";
/** Entra's identifier of a principal, which never names another one. */
export const PRINCIPAL_CLAIM_PRESET = "oid";

/** The keys of such an issuer, the same in the configuration and in the namespace's resource. */
export const entraKeys = {
  issuer: text("what stands in the claim iss of its tokens", 2048),
  jwksUri: z.string({ error: SERVICE_URL_EXPECTED }).refine(isServiceUrl, { error: SERVICE_URL_EXPECTED }),
  audience: z.array(text("an audience, one of which has to stand in the claim aud", 2048), {
    error: "a list of audiences",
  }).min(1, { error: "at least one audience" }).max(16, { error: "at most 16 audiences" })
    .prefault([AUDIENCE_PRESET]),
  principalClaim: text("the claim that names the principal", 128).prefault(PRINCIPAL_CLAIM_PRESET),
};

function text(expected: string, charactersMax: number) {
  return z.string({ error: expected }).min(1, { error: expected }).max(charactersMax, { error: expected });
}
