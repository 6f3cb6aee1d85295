import { z } from "zod";
import type { IssueFacts } from "./issue.ts";
import { mapping, whole, word } from "./mapping.ts";

/** From which part of a certificate the authentication name is taken when a CONNECT has no user name. */
export const nameSources = [
  "ClientCertificateSubject",
  "ClientCertificateDns",
  "ClientCertificateUri",
  "ClientCertificateIp",
  "ClientCertificateEmail",
] as const;

export type NameSource = typeof nameSources[number];

/** The configuration of the namespace. event-grid: specification §2.3, §2.4, §3.2, §20. */
export interface NamespaceProperties {
  readonly isZoneRedundant?: boolean | undefined;
  readonly publicNetworkAccess?: "Enabled" | undefined;
  readonly minimumTlsVersionAllowed?: "1.2" | undefined;
  readonly topicSpacesConfiguration: TopicSpacesConfiguration;
}

/** What concerns MQTT. */
export interface TopicSpacesConfiguration {
  /** While `Disabled`, every CONNECT is answered with 0x88. Azure's default is `Disabled`, ours is not. */
  readonly state: "Enabled" | "Disabled";
  /** Connected or not. */
  readonly maximumClientSessionsPerAuthenticationName: number;
  readonly maximumSessionExpiryInHours: number;
  readonly clientAuthentication?: {
    /** The first that yields a name decides. */
    readonly alternativeAuthenticationNameSources?: readonly NameSource[] | undefined;
  } | undefined;
}

const clientAuthentication = mapping({
  alternativeAuthenticationNameSources: z.array(word(nameSources), { error: "a list of name sources" })
    .max(nameSources.length, { error: "each name source once" })
    .refine((sources) => new Set(sources).size === sources.length, { error: "each name source once" })
    .optional(),
  customJwtAuthentication: unsupported("nothing: custom tokens are not there yet"),
  webhookAuthentication: unsupported("nothing: webhook authentication is not there yet"),
});

const topicSpacesConfiguration = mapping({
  state: word(["Enabled", "Disabled"]).prefault("Enabled"),
  maximumClientSessionsPerAuthenticationName: whole(1, 100).prefault(1),
  maximumSessionExpiryInHours: whole(1, 8).prefault(1),
  clientAuthentication: clientAuthentication.optional(),
  routeTopicResourceId: unsupported("nothing: routing is not there yet"),
  routingEnrichments: unsupported("nothing: routing is not there yet"),
  routingIdentityInfo: mapping({ type: word(["None"]).optional() }).optional(),
  customDomains: unsupported("nothing: custom domains are not there yet"),
}, ["hostname"]);

/**
 * What the registry is told of the namespace. A setting that would have no effect here is refused rather than kept:
 * whoever sets an IP rule relies on it.
 */
export const namespaceSchema = mapping({
  /** Accepted for what it is in Azure; one machine has no zones. */
  isZoneRedundant: z.boolean({ error: "true or false" }).optional(),
  publicNetworkAccess: word(["Enabled"]).optional(),
  minimumTlsVersionAllowed: word(["1.2"]).optional(),
  inboundIpRules: z.array(z.unknown()).max(0, { error: "no rules: they are not there yet" }).optional(),
  topicsConfiguration: mapping({
    customDomains: unsupported("nothing: custom domains are not there yet"),
    inputSchema: word(["CloudEventSchemaV1_0"]).optional(),
  }, ["hostname"]).optional(),
  topicSpacesConfiguration: topicSpacesConfiguration.prefault({}),
}, ["provisioningState", "privateEndpointConnections"]);

/** The tag of the namespace that nobody has written; those of versions are random. */
export const INITIAL_ETAG = "initial";

/** The namespace before anyone has said anything of it. */
export const defaultNamespace: NamespaceProperties = namespaceSchema.parse({});

/** Where a certificate's owner is named, in order; none unless it is configured. */
export function nameSourcesOf({ topicSpacesConfiguration }: NamespaceProperties): readonly NameSource[] {
  return topicSpacesConfiguration.clientAuthentication?.alternativeAuthenticationNameSources ?? [];
}

/** A key of Azure's that means nothing here yet. Empty lists and mappings ask for nothing, so they are let pass. */
function unsupported(expected: string) {
  const params: IssueFacts = { code: "not-supported" };
  return z.unknown().refine(isEmpty, { error: expected, params: { ...params } }).optional();
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === "object" && Object.values(value).every(isEmpty);
}
