import { z } from "zod";
import { declare, optionalFile } from "./key.ts";
import { isServiceUrl, SERVICE_URL_EXPECTED } from "./service_url.ts";

/** By what a webhook knows that it is us who ask. Secrets are in files of their own. */
export type WebhookConfig = z.output<typeof webhook>;

/** Whether the webhook can be shown that it is us. */
export function hasCredential({ bearerFile, tokenUrl }: WebhookConfig): boolean {
  return bearerFile !== undefined || tokenUrl !== undefined;
}

const ID = "the id that the authorization server knows the broker by";
const SCOPE = "a scope, such as api://hook/.default";

function words(expected: string) {
  return z.string({ error: expected }).min(1, { error: expected }).max(1024, { error: expected }).optional();
}

/** Its keys in the configuration. */
export const webhook = z.strictObject({
  bearerFile: optionalFile(
    "the bearer token that the webhook is shown; one that is not on this machine is not taken without",
  ),
  tokenUrl: declare(
    z.string({ error: SERVICE_URL_EXPECTED }).refine(isServiceUrl, { error: SERVICE_URL_EXPECTED })
      .optional(),
    {
      expected: SERVICE_URL_EXPECTED,
      reason: "where the broker gets such tokens instead, by OAuth 2.0 client credentials",
      unsaid: "none",
    },
  ),
  clientId: declare(words(ID), { expected: ID, reason: "who the broker is there", unsaid: "none" }),
  clientSecretFile: optionalFile("its secret there"),
  scope: declare(words(SCOPE), {
    expected: SCOPE,
    reason: "what the tokens are for",
    unsaid: "`azureActiveDirectoryApplicationIdOrUri` of the webhook with `/.default`",
  }),
})
  .refine(({ bearerFile, tokenUrl }) => bearerFile === undefined || tokenUrl === undefined, {
    path: ["bearerFile"],
    error: "either webhook.bearerFile or webhook.tokenUrl",
  })
  .refine(
    ({ tokenUrl, clientId, clientSecretFile }) =>
      new Set([tokenUrl, clientId, clientSecretFile].map((value) => value === undefined)).size === 1,
    {
      path: ["tokenUrl"],
      error: "webhook.tokenUrl, webhook.clientId and webhook.clientSecretFile together, or none of them",
    },
  );
