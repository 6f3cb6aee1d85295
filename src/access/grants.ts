/**
 * What sessions may do, as the core wants it: numbered permission sets and values of their variables (DESIGN §2, rule
 * 8). All principals that belong to the same bound groups share a set.
 */
import { textKey } from "../config/text_key.ts";
import type { AnonymousAccess } from "./anonymous.ts";
import { BoundGroups } from "./bound_groups.ts";
import type { ReadonlyDirectory, ResourceChange } from "./directory.ts";
import { impactOf } from "./impact.ts";
import { EVERYTHING, type Grant, type PermissionEngine } from "./permission_engine.ts";
import { equalTemplates, equalTexts, templatesOf } from "./permission_set.ts";
import { type PermissionSet, PermissionSets } from "./permission_sets.ts";
import { type Principal, principalKey, subjectOf } from "./principal.ts";
import type { Subject } from "./query/evaluate.ts";
import { roleGroupsOf } from "./role_group.ts";
import { valuesOf } from "./variable.ts";

export interface GrantTableOptions {
  readonly resources: ReadonlyDirectory;
  readonly engine: PermissionEngine;
  /** From where anonymous clients are taken now; asked at each change. */
  readonly anonymous: () => AnonymousAccess;
  /** Templates that are kept in the core for nobody, so that one client that comes and goes costs little. */
  readonly idleTemplatesMax?: number;
}

/** One session's rights, from the decision about its CONNECT until it ends. */
export interface Holder {
  readonly principal: Principal;
  /** What to answer a CONNECT with; its set is in the core. It is replaced when the rights change. */
  readonly grant: Grant;
}

class Rights implements Holder {
  grant = EVERYTHING;
  /** What the core knows of. */
  told = EVERYTHING;
  /** None for whoever may do everything. */
  set: PermissionSet<Rights> | undefined;
  session: string | undefined;

  constructor(readonly principal: Principal) {}
}

/**
 * Who holds which rights, online and offline.
 *
 * The decision about a CONNECT takes {@linkcode hold}. When its session is there, in the same turn as the core has
 * accepted it, it is told by {@linkcode attach}, which releases what the session had before. When the session ends, or
 * the core refuses the CONNECT after all, {@linkcode release} ends it.
 */
export class GrantTable {
  readonly #resources: ReadonlyDirectory;
  readonly #engine: PermissionEngine;
  readonly #anonymous: () => AnonymousAccess;
  readonly #groups: BoundGroups;
  readonly #sets: PermissionSets<Rights>;
  readonly #byPrincipal = new Map<string, Set<Rights>>();
  readonly #bySession = new Map<string, Rights>();
  #access: AnonymousAccess;

  constructor({ resources, engine, anonymous, idleTemplatesMax = 100_000 }: GrantTableOptions) {
    this.#resources = resources;
    this.#engine = engine;
    this.#anonymous = anonymous;
    this.#access = anonymous();
    this.#groups = new BoundGroups(resources);
    this.#sets = new PermissionSets({ engine, idleTemplatesMax });
  }

  /** How many sets there are in the core, those that nobody has included. */
  get sets(): number {
    return this.#sets.size;
  }

  /** Gives a principal its rights. */
  hold(principal: Principal): Holder {
    const rights = new Rights(principal);
    this.#holdersOf(principalKey(principal)).add(rights);
    this.#place(rights, this.#groupsOf(rights));
    rights.told = rights.grant;
    return rights;
  }

  /** Tells that a session has these rights now, in place of those that it had. */
  attach(holder: Holder, session: string): void {
    const rights = own(holder);
    const before = this.#bySession.get(textKey(session));
    rights.session = session;
    this.#bySession.set(textKey(session), rights);
    this.#tell(rights);
    if (before !== undefined && before !== rights) this.release(before);
  }

  /** Who holds a session's rights. */
  holderOf(session: string): Holder | undefined {
    return this.#bySession.get(textKey(session));
  }

  /** Tells that nobody has these rights any more. More than once does no harm. */
  release(holder: Holder): void {
    const rights = own(holder);
    if (rights.set !== undefined) this.#sets.leave(rights, rights.set);
    rights.set = undefined;
    const { session } = rights;
    if (session !== undefined && this.holderOf(session) === rights) this.#bySession.delete(textKey(session));
    const key = principalKey(rights.principal);
    const sharers = this.#byPrincipal.get(key);
    sharers?.delete(rights);
    if (sharers?.size === 0) this.#byPrincipal.delete(key);
  }

  /**
   * Puts changes of the resources into force, which the directory holds already. The core is told of those sets and
   * sessions alone whose rights are others now, and no session is checked with templates that belong to other values.
   *
   * Each step is about one session. The first has to be taken before the table is used for anything else, and the last
   * before the directory changes again; between them sessions come and go.
   */
  *apply(changes: readonly ResourceChange[]): Generator<void> {
    const { rights } = impactOf(changes, this.#resources);
    const regrouped = this.#groups.update(rights.members.union(rights.grants));
    const keys = [...rights.principals, ...this.#anonymousChanged()];
    const touched = new Set(keys.flatMap((key) => [...this.#byPrincipal.get(key) ?? []]));
    const staysAsItIs = (holder: Rights) => regrouped.size === 0 && !touched.has(holder);
    const stranded = this.#redefine(rights.grants, staysAsItIs);
    for (const holder of regrouped.size > 0 ? this.#all() : touched.union(stranded)) {
      if (this.#holds(holder)) this.#place(holder, this.#groupsOf(holder));
      yield;
    }
  }

  *#all(): Iterable<Rights> {
    for (const holders of this.#byPrincipal.values()) yield* holders;
  }

  #holds(holder: Rights): boolean {
    return this.#byPrincipal.get(principalKey(holder.principal))?.has(holder) === true;
  }

  /** The key of anonymous principals, if they may do other things now. */
  #anonymousChanged(): string[] {
    const access = this.#anonymous();
    const isChanged = access !== this.#access;
    this.#access = access;
    return isChanged ? ["anonymous"] : [];
  }

  /**
   * Makes the sets of `groups` what they have to be now. A set keeps its number only if whoever has it stays and gives
   * the same values; otherwise its holders have to move to a new one, so that nobody is checked with half of a change.
   *
   * @returns who has to move
   */
  #redefine(groups: ReadonlySet<string>, staysAsItIs: (holder: Rights) => boolean): ReadonlySet<Rights> {
    const stranded = new Set<Rights>();
    for (const set of this.#sets.withAnyOf(groups)) {
      const templates = templatesOf(set.groups, this.#resources);
      if (equalTemplates(templates, set.templates)) continue;
      const isInUse = set.holders.size > 0 && Iterator.from(set.holders).every(staysAsItIs);
      if (isInUse && equalTexts(templates.variables, set.templates.variables)) {
        this.#sets.redefine(set, templates);
        continue;
      }
      for (const holder of set.holders) stranded.add(holder);
      this.#sets.retire(set);
    }
    return stranded;
  }

  /** Gives a holder what its groups may do; the core hears of it before the set that it leaves can go. */
  #place(holder: Rights, groups: readonly string[]): void {
    const left = holder.set;
    holder.set = this.#isTrusted(holder)
      ? undefined
      : this.#sets.enter(holder, groups, () => templatesOf(groups, this.#resources));
    const grant = this.#grantOf(holder);
    if (!equalGrants(holder.grant, grant)) holder.grant = grant;
    this.#tell(holder);
    if (left !== undefined && left !== holder.set) this.#sets.leave(holder, left);
  }

  #grantOf(holder: Rights): Grant {
    if (holder.set === undefined) return EVERYTHING;
    const { number, templates } = holder.set;
    return { set: number, values: valuesOf(templates.variables, this.#subjectOf(holder)) };
  }

  #groupsOf(holder: Rights): readonly string[] {
    const { principal } = holder;
    if (principal.kind === "oidc") return roleGroupsOf(principal.authenticationName, this.#resources);
    return this.#mayJoin(holder) ? this.#groups.of(holder.principal, this.#subjectOf(holder)) : [];
  }

  /**
   * Anonymous clients belong to their group only where they are let in for what it may do. Principals of OIDC issuers
   * belong to none but those of their roles. event-grid: specification §3.3.
   */
  #mayJoin({ principal }: Rights): boolean {
    if (principal.kind === "oidc") return false;
    return principal.kind !== "anonymous" || this.#access === "on";
  }

  #isTrusted({ principal }: Rights): boolean {
    return principal.kind === "anonymous" && this.#access === "loopback";
  }

  #subjectOf({ principal }: Rights): Subject | undefined {
    return subjectOf(principal, this.#resources);
  }

  #tell(holder: Rights): void {
    if (holder.session === undefined || holder.told === holder.grant) return;
    holder.told = holder.grant;
    this.#engine.regrant(holder.session, holder.grant);
  }

  #holdersOf(key: string): Set<Rights> {
    const known = this.#byPrincipal.get(key);
    if (known !== undefined) return known;
    const made = new Set<Rights>();
    this.#byPrincipal.set(key, made);
    return made;
  }
}

function own(holder: Holder): Rights {
  if (holder instanceof Rights) return holder;
  throw new TypeError("Cannot use these rights: they were not given by hold()");
}

function equalGrants(one: Grant, other: Grant): boolean {
  return one.set === other.set && equalTexts(one.values, other.values);
}
