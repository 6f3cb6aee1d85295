/**
 * What role assignments grant, in the form of groups: everyone who has a role in the same scope belongs to one, so that
 * thousands of principals with a role in the namespace share one permission set, as members of bound groups do.
 */
import type { ReadonlyDirectory } from "./directory.ts";
import type { Permission } from "./permission_binding.ts";
import type { Resource } from "./resource.ts";
import { permissionsOfRoles } from "./role_assignment.ts";
import { readScope } from "./scope.ts";

/** No group of the registry has a colon in its name. */
const PREFIX = "role:";

/** The keys of the groups that a principal belongs to by its roles, in order. */
export function roleGroupsOf(principalId: string, resources: ReadonlyDirectory): readonly string[] {
  const groups = new Set<string>();
  for (const { properties } of resources.assignmentsOfPrincipal(principalId)) {
    // The namespace may have been called otherwise when it was assigned.
    const scope = readScope(properties.scope, resources.identity);
    if (scope !== undefined) groups.add(keyOf(permissionsOfRoles[properties.role], scope.topicSpaceName));
  }
  return [...groups].sort();
}

/** The keys of all such groups that a topic space means something to. */
export function roleGroupsOfSpace(topicSpaceName: string): readonly string[] {
  return (["Publisher", "Subscriber"] as const).flatMap((permission) => [
    keyOf(permission, undefined),
    keyOf(permission, topicSpaceName),
  ]);
}

/** What the members of such a group may do, and where; `undefined` for the key of a client group. */
export function grantOfRoleGroup(
  group: string,
  resources: ReadonlyDirectory,
): { readonly permission: Permission; readonly spaces: readonly Resource<"topicSpaces">[] } | undefined {
  if (!group.startsWith(PREFIX)) return undefined;
  const [permission, name] = group.slice(PREFIX.length).split(":");
  const one = name === undefined ? undefined : resources.get("topicSpaces", name);
  const spaces = name === undefined ? [...resources.all("topicSpaces")] : one === undefined ? [] : [one];
  return { permission: permission === "publisher" ? "Publisher" : "Subscriber", spaces };
}

function keyOf(permission: Permission, topicSpaceName: string | undefined): string {
  const role = PREFIX + permission.toLowerCase();
  return topicSpaceName === undefined ? role : `${role}:${topicSpaceName.toLowerCase()}`;
}
