/** What must hold between resources; what one resource must say of itself, its schema checks. */
import { isBuiltInGroup } from "./client_group.ts";
import { type Directory, keyOf, type ResourceChange } from "./directory.ts";
import type { ResourceFault } from "./fault.ts";
import { Refusal } from "./refusal.ts";
import { type AnyResource, isOfType, type ResourceType } from "./resource.ts";
import { readScope } from "./scope.ts";

/** One resource to put in or take out. */
export interface Operation {
  readonly resource: AnyResource;
  readonly action: "put" | "remove";
}

/** How many of each type there may be. */
export type CountsMax = Readonly<Record<ResourceType, number>>;

/** What else the check has to know. */
export interface Circumstances {
  readonly countsMax: CountsMax;
  /** Resources as `type/key` that are to be there as well, though they were refused already. */
  readonly wanted: ReadonlySet<string>;
}

/**
 * Why operations cannot be done together; empty if they can. What counts is the state behind all of them, so a binding
 * may come before its group. The directory is left as it was.
 */
export function refusalsOf(
  directory: Directory,
  operations: readonly Operation[],
  { countsMax, wanted }: Circumstances,
): Refusal[] {
  const done: ResourceChange[] = [];
  const refusals: Refusal[] = [];
  for (const operation of removalsFirst(operations)) {
    const taken = takenName(directory, operation);
    if (taken === undefined) done.push(perform(directory, operation));
    else refusals.push(taken);
  }
  const exists: Exists = (type, name) =>
    directory.get(type, name) !== undefined || wanted.has(`${type}/${keyOf(type, name)}`);
  for (const { resource, action } of operations) {
    const refusal = action === "remove"
      ? inUse(directory, resource)
      : missingReferences(resource, exists) ?? missingScope(resource, { directory, exists });
    if (refusal !== undefined) refusals.push(refusal);
  }
  refusals.push(...countRefusals(directory, done, countsMax));
  for (const change of done.toReversed()) directory.undo(change);
  return refusals;
}

/** Does operations that {@linkcode refusalsOf} has nothing against. */
export function performAll(directory: Directory, operations: readonly Operation[]): ResourceChange[] {
  return removalsFirst(operations).map((operation) => perform(directory, operation));
}

/** A name that one operation frees is free for the others. */
function removalsFirst(operations: readonly Operation[]): Operation[] {
  const removals = operations.filter(({ action }) => action === "remove");
  return [...removals, ...operations.filter(({ action }) => action === "put")];
}

function perform(directory: Directory, { resource, action }: Operation): ResourceChange {
  return action === "put" ? directory.put(resource) : directory.remove(resource);
}

/** event-grid: specification §3.1, authentication names of clients are unique ignoring case. */
function takenName(directory: Directory, { resource, action }: Operation): Refusal | undefined {
  if (action === "remove" || !isOfType(resource, "clients")) return undefined;
  const { authenticationName } = resource.properties;
  const owner = directory.clientByAuthenticationName(authenticationName);
  if (owner === undefined || owner.name === resource.name) return undefined;
  const name = JSON.stringify(authenticationName);
  return new Refusal(
    "name-taken",
    resource,
    `Cannot use ${name} for properties.authenticationName: the client ${owner.name} has it, ignoring case`,
  );
}

type Exists = (type: ResourceType, name: string) => boolean;

/** event-grid: specification §4.3, the group and the space of a binding must exist. */
function missingReferences(resource: AnyResource, exists: Exists): Refusal | undefined {
  if (!isOfType(resource, "permissionBindings")) return undefined;
  const { clientGroupName: group, topicSpaceName: space } = resource.properties;
  const faults: ResourceFault[] = [];
  if (!isBuiltInGroup(group) && !exists("clientGroups", group)) {
    faults.push(missing("clientGroupName", group, "the name of a client group that exists"));
  }
  if (!exists("topicSpaces", space)) {
    faults.push(missing("topicSpaceName", space, "the name of a topic space that exists"));
  }
  return faults.length > 0 ? Refusal.invalid(resource, faults) : undefined;
}

/** The topic space that is the scope of a role assignment must exist, as in Azure. */
function missingScope(
  resource: AnyResource,
  { directory, exists }: { readonly directory: Directory; readonly exists: Exists },
): Refusal | undefined {
  if (!isOfType(resource, "roleAssignments")) return undefined;
  const { scope } = resource.properties;
  const space = readScope(scope, directory.identity)?.topicSpaceName;
  if (space === undefined || exists("topicSpaces", space)) return undefined;
  return Refusal.invalid(resource, [missing("scope", scope, "the id of a topic space that exists")]);
}

function missing(key: string, value: string, expected: string): ResourceFault {
  return { code: "reference-missing", path: `properties.${key}`, value, expected };
}

/** How many bindings or role assignments are named when a group or space is in use. */
const REFERRERS_NAMED_MAX = 3;

function inUse(directory: Directory, resource: AnyResource): Refusal | undefined {
  const { type, name } = resource;
  const bindings = named(
    "permission bindings",
    type === "clientGroups"
      ? directory.bindingsOfGroup(name)
      : type === "topicSpaces"
      ? directory.bindingsOfSpace(name)
      : [],
  );
  const assignments = named(
    "role assignments",
    type === "topicSpaces" ? directory.assignmentsOfSpace(name) : [],
  );
  const users = [bindings, assignments].filter((text) => text !== undefined);
  if (users.length === 0) return undefined;
  return new Refusal(
    "resource-in-use",
    resource,
    `Cannot delete ${type}/${name}: delete ${users.join(" and ")} first`,
  );
}

/** Some of the resources by name; `undefined` if there are none. */
function named(what: string, resources: Iterable<AnyResource>): string | undefined {
  const names = [...resources].map(({ name }) => name);
  if (names.length === 0) return undefined;
  const more = names.length - REFERRERS_NAMED_MAX;
  return `${what} ${names.slice(0, REFERRERS_NAMED_MAX).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** The resources that came last are those that are too many. */
function countRefusals(
  directory: Directory,
  changes: readonly ResourceChange[],
  countsMax: CountsMax,
): Refusal[] {
  const added = changes.filter(({ before, after }) => before === undefined && after !== undefined);
  return [...Map.groupBy(added, ({ type }) => type)].flatMap(([type, ofType]) => {
    const excess = Math.max(0, directory.count(type) - countsMax[type]);
    return ofType.slice(ofType.length - Math.min(excess, ofType.length)).map((change) =>
      new Refusal(
        "limit-reached",
        change,
        `Cannot add ${type}/${change.name}: there are at most ${countsMax[type]} ${type}`,
      )
    );
  });
}
