import { z } from "zod";
import type { NameSource } from "../config/certificate_names.ts";
import { isTree } from "../config/override.ts";
import {
  type ClientAuthentication,
  clientAuthenticationSchema,
  type EndpointInspector,
  faultOfEndpoint,
  faultOfKeys,
  type IssuerKeyInspector,
  sdkSpelling,
} from "./client_authentication.ts";
import type { ResourceFault } from "./fault.ts";
import { type IpRule, ipRulesSchema } from "./ip_rules.ts";
import { mapping, unsupported, whole, word } from "./mapping.ts";

/** The configuration of the namespace. event-grid: specification §2.3, §2.4, §3.2, §20. */
export interface NamespaceProperties {
  readonly isZoneRedundant?: boolean | undefined;
  readonly publicNetworkAccess?: "Enabled" | undefined;
  readonly minimumTlsVersionAllowed?: "1.2" | undefined;
  /** Who may reach it, over MQTT and HTTP alike; everybody while there is none. */
  readonly inboundIpRules?: readonly IpRule[] | undefined;
  readonly topicSpacesConfiguration: TopicSpacesConfiguration;
}

/** What concerns MQTT. */
export interface TopicSpacesConfiguration {
  /** While `Disabled`, every CONNECT is answered with 0x88. Azure's default is `Disabled`, ours is not. */
  readonly state: "Enabled" | "Disabled";
  /** Connected or not. */
  readonly maximumClientSessionsPerAuthenticationName: number;
  readonly maximumSessionExpiryInHours: number;
  readonly clientAuthentication?: ClientAuthentication | undefined;
}

const topicSpacesConfiguration = mapping({
  state: word(["Enabled", "Disabled"]).prefault("Enabled"),
  maximumClientSessionsPerAuthenticationName: whole(1, 100).prefault(1),
  maximumSessionExpiryInHours: whole(1, 8).prefault(1),
  clientAuthentication: clientAuthenticationSchema.optional(),
  routeTopicResourceId: unsupported("nothing: routing is not there yet"),
  routingEnrichments: unsupported("nothing: routing is not there yet"),
  routingIdentityInfo: mapping({ type: word(["None"]).optional() }).optional(),
  customDomains: unsupported("nothing: custom domains stand in the configuration, as tls.domains"),
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
  inboundIpRules: ipRulesSchema.optional(),
  topicsConfiguration: mapping({
    customDomains: unsupported("nothing: custom domains stand in the configuration, as tls.domains"),
    inputSchema: word(["CloudEventSchemaV1_0"]).optional(),
  }, ["hostname"]).optional(),
  topicSpacesConfiguration: topicSpacesConfiguration.prefault({}),
}, ["provisioningState", "privateEndpointConnections", "inputSchema"]);

/** Properties with our spelling of their keys: what is merged with those that are there has to find them. */
export function spelledProperties(properties: unknown): unknown {
  return within(properties, "topicSpacesConfiguration", (configuration) => {
    return within(configuration, "clientAuthentication", sdkSpelling);
  });
}

function within(value: unknown, key: string, change: (inner: unknown) => unknown): unknown {
  return isTree(value) && key in value ? { ...value, [key]: change(value[key]) } : value;
}

/** The tag of the namespace that nobody has written; those of versions are random. */
export const INITIAL_ETAG = "initial";

/** The namespace before anyone has said anything of it. */
export const defaultNamespace: NamespaceProperties = namespaceSchema.parse({});

/** Where a certificate's owner is named, in order; none unless it is configured. */
export function nameSourcesOf({ topicSpacesConfiguration }: NamespaceProperties): readonly NameSource[] {
  return topicSpacesConfiguration.clientAuthentication?.alternativeAuthenticationNameSources ?? [];
}

/** Who is let in beside registered clients and users; nobody unless it is configured. */
export function clientAuthenticationOf(
  { topicSpacesConfiguration }: NamespaceProperties,
): ClientAuthentication {
  return topicSpacesConfiguration.clientAuthentication ?? {};
}

/** Who knows of others by whose word clients are let in. */
export interface VoucherInspectors {
  readonly issuerKeys: IssuerKeyInspector;
  readonly endpoints: EndpointInspector;
}

/** The namespace, once every key in it can be used, and whom it names can be asked. */
export async function completeNamespace(
  input: NamespaceProperties,
  { issuerKeys, endpoints }: VoucherInspectors,
): Promise<NamespaceProperties | ResourceFault> {
  const authentication = clientAuthenticationOf(input);
  return faultOfEndpoint(authentication, endpoints) ?? await faultOfKeys(authentication, issuerKeys) ?? input;
}
