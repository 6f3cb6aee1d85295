/** What must hold between resources; what one resource must say of itself, its schema checks. */
import { isBuiltInGroup } from "./client_group.ts";
import { type Directory, keyOf, type ResourceChange } from "./directory.ts";
import type { ResourceFault } from "./fault.ts";
import { Refusal } from "./refusal.ts";
import { type AnyResource, isOfType, type Resource, type ResourceType } from "./resource.ts";

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
    const refusal = action === "remove" ? inUse(directory, resource) : missingReferences(resource, exists);
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

function missing(key: string, value: string, expected: string): ResourceFault {
  return { code: "reference-missing", path: `properties.${key}`, value, expected };
}

/** How many bindings are named when a group or space is in use. */
const BINDINGS_NAMED_MAX = 3;

function inUse(directory: Directory, resource: AnyResource): Refusal | undefined {
  const bindings = [...bindingsOf(directory, resource)];
  if (bindings.length === 0) return undefined;
  const named = bindings.slice(0, BINDINGS_NAMED_MAX).map(({ name }) => name).join(", ");
  const more = bindings.length > BINDINGS_NAMED_MAX
    ? ` and ${bindings.length - BINDINGS_NAMED_MAX} more`
    : "";
  return new Refusal(
    "resource-in-use",
    resource,
    `Cannot delete ${resource.type}/${resource.name}: delete permission bindings ${named}${more} first`,
  );
}

function bindingsOf(
  directory: Directory,
  { type, name }: AnyResource,
): Iterable<Resource<"permissionBindings">> {
  if (type === "clientGroups") return directory.bindingsOfGroup(name);
  return type === "topicSpaces" ? directory.bindingsOfSpace(name) : [];
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
