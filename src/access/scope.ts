/** What the namespace is called in ARM identifiers. */
export interface NamespaceIdentity {
  readonly subscription: string;
  readonly resourceGroup: string;
  readonly namespace: string;
}

/** What it is called unless somebody says otherwise. */
export const namespaceIdentityPreset: NamespaceIdentity = {
  subscription: "00000000-0000-0000-0000-000000000000",
  resourceGroup: "heliograph",
  namespace: "ns1",
};

/** What of the namespace a scope holds: one topic space, or, without a name, all of them. */
export interface Scope {
  readonly topicSpaceName: string | undefined;
}

/** Subscription, resource group, namespace and topic space; each level only behind those above it. */
const LEVELS =
  /^\/subscriptions\/([^/]+)(?:\/resourceGroups\/([^/]+)(?:\/providers\/Microsoft\.EventGrid\/namespaces\/([^/]+)(?:\/topicSpaces\/([^/]+))?)?)?\/?$/i;

/**
 * Reads the scope of a role assignment: the ARM identifier of a subscription, a resource group, a namespace or a topic
 * space, ignoring case as Azure does. `undefined` if it holds nothing of this namespace.
 *
 * event-grid: specification §3.3, a scope above topic spaces means all topic spaces under it.
 */
export function readScope(text: string, identity: NamespaceIdentity): Scope | undefined {
  const [whole, subscription, resourceGroup, namespace, topicSpaceName] = LEVELS.exec(text) ?? [];
  const isOurs = whole !== undefined && isSame(subscription, identity.subscription) &&
    isSame(resourceGroup, identity.resourceGroup) && isSame(namespace, identity.namespace);
  return isOurs ? { topicSpaceName } : undefined;
}

/** A level that is not said holds whatever is under it. */
function isSame(said: string | undefined, own: string): boolean {
  return said === undefined || said.toLowerCase() === own.toLowerCase();
}

/** The ARM identifier of the namespace. */
export function namespaceScope({ subscription, resourceGroup, namespace }: NamespaceIdentity): string {
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.EventGrid/namespaces/${namespace}`;
}
