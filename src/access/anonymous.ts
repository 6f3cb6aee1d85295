import type { ReadonlyDirectory } from "./directory.ts";
import { decides } from "./client_authentication.ts";
import { clientAuthenticationOf } from "./namespace.ts";
import type { ResourceType } from "./resource.ts";

/** From where clients without an identity are taken, and what they may do (DESIGN §4). */
export type AnonymousAccess =
  /** From loopback, on plain listeners: everything. */
  | "loopback"
  /** From anywhere: what the bindings of `$anonymous` grant. */
  | "on"
  | "off";

/**
 * From where anonymous clients are taken now: as it is configured, otherwise from loopback for as long as nobody has
 * said who else may come. To be asked again at each change.
 *
 * @param configured what the configuration says, `undefined` if it says nothing
 */
export function anonymousAccess(
  configured: AnonymousAccess | undefined,
  resources: ReadonlyDirectory,
): AnonymousAccess {
  return configured ?? (isControlled(resources) ? "off" : "loopback");
}

/**
 * Whether anything says who may come in or what they may do: a client, a user, a CA certificate, a binding, a role
 * assignment, a setting of authentication. Groups and topic spaces alone grant nothing to anyone.
 */
export function isControlled(resources: ReadonlyDirectory): boolean {
  const namespaces = [...resources.all("namespace")];
  return deciding.some((type) => resources.count(type) > 0) ||
    namespaces.some(({ properties }) => decides(clientAuthenticationOf(properties)));
}

const deciding: readonly ResourceType[] = [
  "clients",
  "users",
  "caCertificates",
  "permissionBindings",
  "roleAssignments",
];
