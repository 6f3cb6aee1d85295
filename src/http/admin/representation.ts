import type { ArmIdentity, ManagedResource, ManagedType } from "./ports.ts";

/** How resources are shown. */
export interface Shown {
  readonly identity: ArmIdentity;
  /** The namespace's host name, which clients connect to. */
  readonly hostname: string;
  /** The properties that may be told: not the hash of a password. */
  visibleProperties(resource: ManagedResource): Readonly<Record<string, unknown>>;
}

/** Azure's provider, in its spelling. */
export const PROVIDER = "Microsoft.EventGrid";

/**
 * A resource in the shape of Azure's API, the same on both addresses. event-grid: specification §20; what has no
 * meaning here is there for tools that look for it.
 */
export function representationOf(resource: ManagedResource, shown: Shown): object {
  const { type, name } = resource;
  const properties = { ...shown.visibleProperties(resource), provisioningState: "Succeeded" };
  if (type !== "namespace") {
    return { id: `${namespaceId(shown.identity)}/${type}/${name}`, name, type: fullType(type), properties };
  }
  return {
    id: namespaceId(shown.identity),
    name: shown.identity.namespace,
    type: fullType(type),
    location: "local",
    tags: {},
    sku: { name: "Standard", capacity: 1 },
    properties: withHostname(properties, shown.hostname),
  };
}

/** Where the namespace is in the long paths. */
export function namespaceId({ subscription, resourceGroup, namespace }: ArmIdentity): string {
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/${PROVIDER}/namespaces/${namespace}`;
}

function fullType(type: ManagedType): string {
  return type === "namespace" ? `${PROVIDER}/namespaces` : `${PROVIDER}/namespaces/${type}`;
}

/** Azure tells the host name within both of its configurations; one that nobody has made stays away. */
function withHostname(properties: Record<string, unknown>, hostname: string): Record<string, unknown> {
  const configurations = ["topicsConfiguration", "topicSpacesConfiguration"].flatMap((key) => {
    const configuration = properties[key];
    return typeof configuration === "object" ? [[key, { ...configuration, hostname }]] : [];
  });
  return { ...properties, ...Object.fromEntries(configurations) };
}
