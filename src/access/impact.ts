/** Whom changes touch, so that nobody else notices them. */
import { keyOf, type ReadonlyDirectory, type ResourceChange } from "./directory.ts";
import { equalJson } from "./equal.ts";
import { changedWays } from "./client_authentication.ts";
import { clientAuthenticationOf, nameSourcesOf } from "./namespace.ts";
import { oidcKey, type Principal, principalKey } from "./principal.ts";
import { isOfType, type Resource, type ResourceType } from "./resource.ts";
import { roleGroupsOfSpace } from "./role_group.ts";

/** Whom changes touch. Groups and certificates are named by their keys, principals by `principalKey`. */
export interface Impact {
  /** Who they are has to be proven again: entries that are disabled, gone, or ask for another proof. */
  readonly authentication: {
    readonly principals: ReadonlySet<string>;
    readonly certificateAuthorities: ReadonlySet<string>;
    /** Whoever's name was taken from a certificate. */
    readonly nameSources: boolean;
    /** Whoever came in by these ways, on somebody else's word. */
    readonly ways: ReadonlySet<string>;
  };
  /** What they may do has to be looked up again. */
  readonly rights: {
    /** Their attributes or roles are others, or they are enabled or disabled. */
    readonly principals: ReadonlySet<string>;
    /** Groups that may have other members: their queries are others. */
    readonly members: ReadonlySet<string>;
    /** Groups whose members may do other things: a binding or a bound topic space is another. */
    readonly grants: ReadonlySet<string>;
  };
}

/** What the identity of a connection rests on. */
export interface Evidence {
  readonly principal: Principal;
  /** The registered CA certificates that its certificate was checked with, by name. */
  readonly certificateAuthorities: readonly string[];
  /** Whether the name was taken from its certificate. */
  readonly namedByCertificate: boolean;
  /** The way by which somebody else has vouched for it. */
  readonly way?: string | undefined;
}

/** Whom `changes` touch. */
export function impactOf(changes: readonly ResourceChange[], resources: ReadonlyDirectory): Impact {
  const touched = {
    proofs: new Set<string>(),
    authorities: new Set<string>(),
    nameSources: false,
    ways: new Set<string>(),
    principals: new Set<string>(),
    members: new Set<string>(),
    grants: new Set<string>(),
  };
  for (const change of changes) {
    touchEntry(change, touched);
    touchAuthority(change, touched.authorities);
    touchAssigned(change, touched.principals);
    touchGroups(change, resources, touched);
    touched.nameSources ||= changesNameSources(change);
    touchWays(change, touched.ways);
  }
  const { proofs, authorities, nameSources, ways, principals, members, grants } = touched;
  return {
    authentication: { principals: proofs, certificateAuthorities: authorities, nameSources, ways },
    rights: { principals, members, grants },
  };
}

/** Whether a connection has to prove again who it is. */
export function touchesAuthentication({ authentication }: Impact, evidence: Evidence): boolean {
  return authentication.principals.has(principalKey(evidence.principal)) ||
    (authentication.nameSources && evidence.namedByCertificate) ||
    (evidence.way !== undefined && authentication.ways.has(evidence.way)) ||
    evidence.certificateAuthorities.some((name) =>
      authentication.certificateAuthorities.has(keyOf("caCertificates", name))
    );
}

/** Both versions of a resource of one type, if it is one. */
interface Versions<Type extends ResourceType> {
  readonly before: Resource<Type> | undefined;
  readonly after: Resource<Type> | undefined;
}

function versions<Type extends ResourceType>(change: ResourceChange, type: Type): Versions<Type> | undefined {
  if (change.type !== type) return undefined;
  return {
    before: change.before as Resource<Type> | undefined,
    after: change.after as Resource<Type> | undefined,
  };
}

function touchEntry(change: ResourceChange, touched: { proofs: Set<string>; principals: Set<string> }): void {
  const { before, after } = change;
  for (const entry of [before, after]) {
    const principal = registeredPrincipal(entry);
    if (principal === undefined) continue;
    if (!equalJson(proofOf(before), proofOf(after))) {
      touched.proofs.add(principalKey(principal));
      // Whoever is registered and disabled does not come in on somebody else's word either.
      const { authenticationName } = principal;
      touched.proofs.add(principalKey({ kind: "external", authenticationName, attributes: {} }));
    }
    if (!equalJson(subjectOf(before), subjectOf(after))) touched.principals.add(principalKey(principal));
  }
}

type Version = ResourceChange["before"];

/** Whom an entry of the registry stands for. */
function registeredPrincipal(entry: Version): Extract<Principal, { kind: "client" | "user" }> | undefined {
  if (isOfType(entry, "clients")) {
    return { kind: "client", authenticationName: entry.properties.authenticationName };
  }
  return isOfType(entry, "users") ? { kind: "user", authenticationName: entry.name } : undefined;
}

/** What a connection of the entry had to show. */
function proofOf(entry: Version): unknown {
  if (isOfType(entry, "clients")) {
    return [entry.properties.state, entry.properties.clientCertificateAuthentication];
  }
  return isOfType(entry, "users") ? [entry.properties.state, entry.properties.passwordHash] : undefined;
}

/** What its rights follow from. */
function subjectOf(entry: Version): unknown {
  if (!isOfType(entry, "clients") && !isOfType(entry, "users")) return undefined;
  return [entry.properties.state, entry.properties.attributes];
}

/** A new authority touches nobody: whoever is connected rests on others. */
function touchAuthority(change: ResourceChange, authorities: Set<string>): void {
  const found = versions(change, "caCertificates");
  if (found?.before === undefined) return;
  const encoded = (version: Resource<"caCertificates"> | undefined) =>
    version && [version.properties.encodedCertificate, version.properties.encodedCertificateRevocationList];
  if (!equalJson(encoded(found.before), encoded(found.after))) {
    authorities.add(keyOf("caCertificates", change.name));
  }
}

/** A role assignment touches whom it was for, and whom it is for now. */
function touchAssigned(change: ResourceChange, principals: Set<string>): void {
  for (const version of [change.before, change.after]) {
    if (isOfType(version, "roleAssignments")) principals.add(oidcKey(version.properties.principalId));
  }
}

function touchGroups(
  change: ResourceChange,
  resources: ReadonlyDirectory,
  touched: { members: Set<string>; grants: Set<string> },
): void {
  const group = versions(change, "clientGroups");
  if (group !== undefined && group.before?.properties.query !== group.after?.properties.query) {
    touched.members.add(keyOf("clientGroups", change.name));
  }
  const binding = versions(change, "permissionBindings");
  for (const version of [binding?.before, binding?.after]) {
    if (version !== undefined) touched.grants.add(keyOf("clientGroups", version.properties.clientGroupName));
  }
  if (versions(change, "topicSpaces") === undefined) return;
  for (const group of roleGroupsOfSpace(change.name)) touched.grants.add(group);
  for (const { properties } of resources.bindingsOfSpace(change.name)) {
    touched.grants.add(keyOf("clientGroups", properties.clientGroupName));
  }
}

function touchWays(change: ResourceChange, ways: Set<string>): void {
  const found = versions(change, "namespace");
  if (found === undefined) return;
  const authentication = (version: Resource<"namespace"> | undefined) =>
    version === undefined ? {} : clientAuthenticationOf(version.properties);
  for (const way of changedWays(authentication(found.before), authentication(found.after))) ways.add(way);
}

function changesNameSources(change: ResourceChange): boolean {
  const found = versions(change, "namespace");
  if (found === undefined) return false;
  const sources = (version: Resource<"namespace"> | undefined) =>
    version && nameSourcesOf(version.properties);
  return !equalJson(sources(found.before), sources(found.after));
}
