import { z } from "zod";
import { entraProperties } from "../config/entra.ts";
import { type NameSource, nameSources } from "../config/certificate_names.ts";
import { isTree, type Tree } from "../config/override.ts";
import { isServiceUrl, SERVICE_URL_EXPECTED } from "../config/service_url.ts";
import { equalJson } from "./equal.ts";
import type { ResourceFault } from "./fault.ts";
import { mapping, unsupported, word } from "./mapping.ts";

/** Who is let in beside registered clients and users. event-grid: specification §3.2 to §3.5. */
export interface ClientAuthentication {
  /** The first that yields a name decides. */
  readonly alternativeAuthenticationNameSources?: readonly NameSource[] | undefined;
  readonly customJwtAuthentication?: CustomJwtAuthentication | undefined;
  readonly webhookAuthentication?: WebhookAuthentication | undefined;
  /** Our extension: in Azure there is but one such issuer, and it is always there. */
  readonly entra?: {
    readonly issuer: string;
    readonly jwksUri: string;
    readonly audience: readonly string[];
    readonly principalClaim: string;
  } | undefined;
}

/** The operator's own issuer of tokens. event-grid: specification §3.4. */
export interface CustomJwtAuthentication {
  readonly tokenIssuer: string;
  readonly encodedIssuerCertificates: readonly EncodedIssuerCertificate[];
}

export interface EncodedIssuerCertificate {
  readonly kid: string;
  /** PEM, as it was written. */
  readonly encodedCertificate: string;
}

/** Whom to ask about clients. event-grid: specification §3.5. Identity and tenant mean nothing here. */
export interface WebhookAuthentication {
  readonly endpointUrl: string;
  readonly azureActiveDirectoryApplicationIdOrUri?: string | undefined;
  readonly azureActiveDirectoryTenantId?: string | undefined;
  /** JSON, as it was written. */
  readonly identity?: unknown;
}

/** event-grid: specification §3.4, two for rotation. */
const ISSUER_CERTIFICATES_MAX = 2;

function name(expected: string, charactersMax = 1024) {
  return z.string({ error: expected }).min(1, { error: expected }).max(charactersMax, { error: expected });
}

const issuerCertificate = mapping({
  kid: name("what the kid of a token names the key by"),
  encodedCertificate: name("PEM of a certificate or public key", 32_768),
});

const CERTIFICATES_EXPECTED = `1 to ${ISSUER_CERTIFICATES_MAX} certificates, each with another kid`;

const customJwtAuthentication = mapping({
  tokenIssuer: name("what stands in the claim iss of the tokens"),
  issuerCertificates: unsupported("encodedIssuerCertificates: there is no key vault to read from"),
  encodedIssuerCertificates: z.array(issuerCertificate, { error: CERTIFICATES_EXPECTED })
    .min(1, { error: CERTIFICATES_EXPECTED })
    .max(ISSUER_CERTIFICATES_MAX, { error: CERTIFICATES_EXPECTED })
    .refine((all) => new Set(all.map(({ kid }) => kid)).size === all.length, {
      error: CERTIFICATES_EXPECTED,
    }),
});

/** Of the JSON. Azure's is a type and the id of a resource; it is kept, shown and entered in the audit log. */
const IDENTITY_CHARACTERS_MAX = 4096;

const identity = z.unknown().refine(
  (value) => JSON.stringify(value ?? null).length <= IDENTITY_CHARACTERS_MAX,
  { error: `at most ${IDENTITY_CHARACTERS_MAX} characters of JSON` },
);

const webhookAuthentication = mapping({
  identity: identity.optional(),
  endpointUrl: z.string({ error: SERVICE_URL_EXPECTED }).refine(isServiceUrl, {
    error: SERVICE_URL_EXPECTED,
  }),
  azureActiveDirectoryApplicationIdOrUri: name("an application's id or URI").optional(),
  azureActiveDirectoryTenantId: name("a tenant's id").optional(),
}, ["endpointBaseUrl"]);

/** What the registry is told of it; of the namespace's configuration for MQTT. */
export const clientAuthenticationSchema = z.preprocess(
  sdkSpelling,
  mapping({
    alternativeAuthenticationNameSources: z.array(word(nameSources), { error: "a list of name sources" })
      .max(nameSources.length, { error: "each name source once" })
      .refine((sources) => new Set(sources).size === sources.length, { error: "each name source once" })
      .optional(),
    customJwtAuthentication: customJwtAuthentication.optional(),
    webhookAuthentication: webhookAuthentication.optional(),
    entra: mapping(entraProperties).optional(),
  }),
);

/** Azure's command line writes `webHookAuthentication`, its libraries and we `webhookAuthentication`. */
export function sdkSpelling(value: unknown): unknown {
  if (!isTree(value)) return value;
  const spelled = (key: string) =>
    key.toLowerCase() === "webhookauthentication" ? "webhookAuthentication" : key;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [spelled(key), inner])) as Tree;
}

/** Who understands the keys of issuers. */
export interface IssuerKeyInspector {
  /** What would be right in place of PEM that cannot check a token, as it stands after "use"; otherwise nothing. */
  inspectIssuerKey(encoded: string): Promise<string | undefined>;
}

/** Who knows which endpoints of webhooks can be asked. */
export interface EndpointInspector {
  /** What would be right in place of an endpoint that would never be asked, as it stands after "use"; otherwise nothing. */
  inspectEndpoint(url: string): string | undefined;
}

const PLACE = "properties.topicSpacesConfiguration.clientAuthentication";

/** Where a key belongs that the webhook wants to see; as it stands after "use". */
const KEY_EXPECTED =
  "an address without a query, which every operator could read: a key for the endpoint belongs " +
  "into webhook.bearerFile or webhook.tokenUrl of the broker's configuration";

/**
 * What is wrong with the webhook; `undefined` if nothing is, or there is none. Queries are where functions of Azure have
 * their keys, so they are refused, and not told.
 */
export function faultOfEndpoint(
  { webhookAuthentication }: ClientAuthentication,
  inspector: EndpointInspector,
): ResourceFault | undefined {
  if (webhookAuthentication === undefined) return undefined;
  const { endpointUrl } = webhookAuthentication;
  const [address = "", query] = endpointUrl.split("?", 2);
  const path = `${PLACE}.webhookAuthentication.endpointUrl`;
  if (query !== undefined) {
    return { code: "wrong-value", path, value: `${address}?…`, expected: KEY_EXPECTED };
  }
  const expected = inspector.inspectEndpoint(endpointUrl);
  return expected === undefined ? undefined : { code: "wrong-value", path, value: endpointUrl, expected };
}

/** The first key that cannot be used; `undefined` if all can. */
export async function faultOfKeys(
  { customJwtAuthentication }: ClientAuthentication,
  inspector: IssuerKeyInspector,
): Promise<ResourceFault | undefined> {
  const certificates = customJwtAuthentication?.encodedIssuerCertificates ?? [];
  const faults = await Promise.all(certificates.map(async ({ encodedCertificate }, index) => {
    const expected = await inspector.inspectIssuerKey(encodedCertificate);
    return expected === undefined ? undefined : keyFault(index, { value: encodedCertificate, expected });
  }));
  return faults.find((fault) => fault !== undefined);
}

function keyFault(index: number, said: Pick<ResourceFault, "value" | "expected">): ResourceFault {
  const path = `${PLACE}.customJwtAuthentication.encodedIssuerCertificates.${index}.encodedCertificate`;
  return { code: "certificate-invalid", path, ...said };
}

/** Whether it lets anybody in, or says how somebody is to be known. */
export function decides(authentication: ClientAuthentication): boolean {
  const { alternativeAuthenticationNameSources = [], ...ways } = authentication;
  return alternativeAuthenticationNameSources.length > 0 ||
    Object.values(ways).some((way) => way !== undefined);
}

/** The ways to come in by somebody else's word whose settings differ. */
export function changedWays(before: ClientAuthentication, after: ClientAuthentication): readonly string[] {
  const ways = [
    ["OAUTH2-JWT", before.entra, after.entra],
    ["CUSTOM-JWT", before.customJwtAuthentication, after.customJwtAuthentication],
    ["webhook", before.webhookAuthentication, after.webhookAuthentication],
  ] as const;
  return ways.filter(([, one, other]) => !equalJson(one, other)).map(([way]) => way);
}
