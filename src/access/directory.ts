import { foldName } from "./authentication_name.ts";
import type { ResourceId } from "./refusal.ts";
import { type AnyResource, isOfType, type Resource, type ResourceType } from "./resource.ts";
import { nameRules } from "./resource_name.ts";
import { principalIdKey } from "./principal_id.ts";
import { Referrers } from "./referrers.ts";
import { type NamespaceIdentity, readScope } from "./scope.ts";
import { SortedNames } from "./sorted_names.ts";

/** One resource before and after: one of both is missing when it was made or deleted. */
export interface ResourceChange extends ResourceId {
  readonly before: AnyResource | undefined;
  readonly after: AnyResource | undefined;
}

/** What can be asked of the resources of a namespace. */
export interface ReadonlyDirectory {
  /** What the namespace is called. */
  readonly identity: NamespaceIdentity;
  get<Type extends ResourceType>(type: Type, name: string): Resource<Type> | undefined;
  all<Type extends ResourceType>(type: Type): Iterable<Resource<Type>>;
  count(type: ResourceType): number;
  /** The client that has an authentication name, ignoring case. */
  clientByAuthenticationName(name: string): Resource<"clients"> | undefined;
  bindingsOfGroup(name: string): Iterable<Resource<"permissionBindings">>;
  bindingsOfSpace(name: string): Iterable<Resource<"permissionBindings">>;
  assignmentsOfPrincipal(principalId: string): Iterable<Resource<"roleAssignments">>;
  /** Those whose scope is the topic space itself. */
  assignmentsOfSpace(name: string): Iterable<Resource<"roleAssignments">>;
}

type Tables = { readonly [Type in ResourceType]: Map<string, Resource<Type>> };

/**
 * The resources of a namespace and the ways to find them. It checks nothing: whoever changes it has made sure that the
 * change is consistent.
 */
export class Directory implements ReadonlyDirectory {
  readonly #tables: Tables = {
    namespace: new Map(),
    caCertificates: new Map(),
    clientGroups: new Map(),
    topicSpaces: new Map(),
    clients: new Map(),
    users: new Map(),
    permissionBindings: new Map(),
    roleAssignments: new Map(),
  };
  readonly #names = new Map<ResourceType, SortedNames>();
  readonly #clients = new Map<string, Resource<"clients">>();
  readonly #byGroup = new Referrers<Resource<"permissionBindings">>();
  readonly #bySpace = new Referrers<Resource<"permissionBindings">>();
  readonly #assignmentsByPrincipal = new Referrers<Resource<"roleAssignments">>();
  readonly #assignmentsBySpace = new Referrers<Resource<"roleAssignments">>();

  constructor(readonly identity: NamespaceIdentity) {}

  get<Type extends ResourceType>(type: Type, name: string): Resource<Type> | undefined {
    return this.#tables[type].get(keyOf(type, name));
  }

  all<Type extends ResourceType>(type: Type): Iterable<Resource<Type>> {
    return this.#tables[type].values();
  }

  count(type: ResourceType): number {
    return this.#tables[type].size;
  }

  clientByAuthenticationName(name: string): Resource<"clients"> | undefined {
    return this.#clients.get(foldName(name));
  }

  bindingsOfGroup(name: string): Iterable<Resource<"permissionBindings">> {
    return this.#byGroup.of(keyOf("clientGroups", name));
  }

  bindingsOfSpace(name: string): Iterable<Resource<"permissionBindings">> {
    return this.#bySpace.of(keyOf("topicSpaces", name));
  }

  assignmentsOfPrincipal(principalId: string): Iterable<Resource<"roleAssignments">> {
    return this.#assignmentsByPrincipal.of(principalIdKey(principalId));
  }

  assignmentsOfSpace(name: string): Iterable<Resource<"roleAssignments">> {
    return this.#assignmentsBySpace.of(keyOf("topicSpaces", name));
  }

  /** The resources of a type behind the name `after`, in the order of their names. */
  *from<Type extends ResourceType>(type: Type, after: string | undefined): Iterable<Resource<Type>> {
    const table = this.#tables[type];
    for (const key of this.#sorted(type).from(after === undefined ? undefined : keyOf(type, after))) {
      const resource = table.get(key);
      if (resource !== undefined) yield resource;
    }
  }

  /** Puts in a new resource or another version of one that is there. */
  put(resource: AnyResource): ResourceChange {
    return this.#replace(resource, resource);
  }

  /** Takes out a resource. */
  remove(resource: AnyResource): ResourceChange {
    return this.#replace(resource, undefined);
  }

  /** Takes back the last change that was not taken back yet. */
  undo(change: ResourceChange): void {
    this.#replace(change, change.before);
  }

  #replace({ type, name }: ResourceChange | AnyResource, after: AnyResource | undefined): ResourceChange {
    const key = keyOf(type, name);
    const before = this.get(type, name) as AnyResource | undefined;
    if (before !== undefined) this.#unlink(key, before);
    if (after !== undefined) this.#link(key, after);
    if (after === undefined) this.#tables[type].delete(key);
    if ((before === undefined) !== (after === undefined)) this.#names.delete(type);
    return { type, name, before, after };
  }

  #link(key: string, resource: AnyResource): void {
    (this.#tables[resource.type] as Map<string, AnyResource>).set(key, resource);
    if (isOfType(resource, "clients")) {
      this.#clients.set(foldName(resource.properties.authenticationName), resource);
    }
    if (isOfType(resource, "permissionBindings")) {
      const { clientGroupName, topicSpaceName } = resource.properties;
      this.#byGroup.add(keyOf("clientGroups", clientGroupName), key, resource);
      this.#bySpace.add(keyOf("topicSpaces", topicSpaceName), key, resource);
    }
    if (isOfType(resource, "roleAssignments")) {
      const [principal, space] = this.#assigned(resource);
      this.#assignmentsByPrincipal.add(principal, key, resource);
      if (space !== undefined) this.#assignmentsBySpace.add(space, key, resource);
    }
  }

  #unlink(key: string, resource: AnyResource): void {
    if (isOfType(resource, "clients")) this.#clients.delete(foldName(resource.properties.authenticationName));
    if (isOfType(resource, "permissionBindings")) {
      const { clientGroupName, topicSpaceName } = resource.properties;
      this.#byGroup.remove(keyOf("clientGroups", clientGroupName), key);
      this.#bySpace.remove(keyOf("topicSpaces", topicSpaceName), key);
    }
    if (isOfType(resource, "roleAssignments")) {
      const [principal, space] = this.#assigned(resource);
      this.#assignmentsByPrincipal.remove(principal, key);
      if (space !== undefined) this.#assignmentsBySpace.remove(space, key);
    }
  }

  /** The keys of a role assignment's principal, and of the topic space that is its scope. */
  #assigned({ properties }: Resource<"roleAssignments">): [string, string | undefined] {
    const name = readScope(properties.scope, this.identity)?.topicSpaceName;
    return [principalIdKey(properties.principalId), name && keyOf("topicSpaces", name)];
  }

  /** Sorted once for as long as no resource of the type comes or goes. */
  #sorted(type: ResourceType): SortedNames {
    const known = this.#names.get(type);
    if (known !== undefined) return known;
    const sorted = new SortedNames(this.#tables[type].keys());
    this.#names.set(type, sorted);
    return sorted;
  }
}

/** Equal for two names of a type exactly if they name the same resource. */
export function keyOf(type: ResourceType, name: string): string {
  return nameRules[type].key(name);
}
