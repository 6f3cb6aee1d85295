import type { CaCertificateProperties } from "./ca_certificate.ts";
import type { ClientProperties } from "./client.ts";
import type { ClientGroupProperties } from "./client_group.ts";
import type { NamespaceProperties } from "./namespace.ts";
import type { PermissionBindingProperties } from "./permission_binding.ts";
import type { RoleAssignmentProperties } from "./role_assignment.ts";
import type { TopicSpaceProperties } from "./topic_space.ts";
import type { UserProperties } from "./user.ts";

/** What each type of resource says, complete: defaults filled in, everything checked. */
export interface PropertiesOf {
  readonly namespace: NamespaceProperties;
  readonly caCertificates: CaCertificateProperties;
  readonly clientGroups: ClientGroupProperties;
  readonly topicSpaces: TopicSpaceProperties;
  readonly clients: ClientProperties;
  readonly users: UserProperties;
  readonly permissionBindings: PermissionBindingProperties;
  readonly roleAssignments: RoleAssignmentProperties;
}

/** The types by the names of the management paths. */
export type ResourceType = keyof PropertiesOf;

/** The types, what others refer to before what refers to it. */
export const resourceTypes: readonly ResourceType[] = [
  "namespace",
  "caCertificates",
  "clientGroups",
  "topicSpaces",
  "clients",
  "users",
  "permissionBindings",
  "roleAssignments",
];

/** Whether a text names a type; exactly as it is written in the paths. */
export function isResourceType(text: string): text is ResourceType {
  return resourceTypes.some((type) => type === text);
}

/** One version of one resource. It never changes: a change makes another version. */
export interface Resource<Type extends ResourceType = ResourceType> {
  readonly type: Type;
  /** As it was written when the resource was made. */
  readonly name: string;
  /** Opaque, without the quotes of the header; never the same for two versions. */
  readonly etag: string;
  readonly properties: PropertiesOf[Type];
}

/** A resource of any type, told apart by `type`. */
export type AnyResource = { [Type in ResourceType]: Resource<Type> }[ResourceType];

/** Whether a resource is of a type. */
export function isOfType<Type extends ResourceType>(
  resource: AnyResource | undefined,
  type: Type,
): resource is Extract<AnyResource, { type: Type }> {
  return resource?.type === type;
}

/** What may be told of a resource: all but the hash of a password. */
export function visibleProperties({ type, properties }: AnyResource): Readonly<Record<string, unknown>> {
  if (type !== "users") return { ...properties };
  const { passwordHash: _, ...visible } = properties;
  return visible;
}
