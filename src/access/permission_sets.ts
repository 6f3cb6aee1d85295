import type { PermissionEngine } from "./permission_engine.ts";
import { equalTexts, type SetTemplates } from "./permission_set.ts";
import { SetNumbers } from "./set_numbers.ts";

/** A permission set in the core, and who has it. */
export interface PermissionSet<Holder> {
  readonly number: number;
  /** The keys of the bound groups whose members have it, in order. */
  readonly groups: readonly string[];
  readonly templates: SetTemplates;
  readonly holders: ReadonlySet<Holder>;
}

interface OwnSet<Holder> extends PermissionSet<Holder> {
  templates: SetTemplates;
  readonly holders: Set<Holder>;
}

export interface PermissionSetsOptions {
  readonly engine: PermissionEngine;
  /** Templates of sets that nobody has and that stay in the core nevertheless. */
  readonly idleTemplatesMax: number;
}

/**
 * The permission sets that are in the core: one for each combination of groups that somebody belongs to, and some that
 * nobody has now, for whoever comes back.
 */
export class PermissionSets<Holder> {
  readonly #engine: PermissionEngine;
  readonly #idleTemplatesMax: number;
  readonly #numbers = new SetNumbers();
  readonly #byNumber = new Map<number, OwnSet<Holder>>();
  /** Without those that are retired. */
  readonly #byGroups = new Map<string, OwnSet<Holder>>();
  /** Those that nobody has, the one that was left first in front. */
  readonly #idle = new Set<OwnSet<Holder>>();
  #idleTemplates = 0;

  constructor({ engine, idleTemplatesMax }: PermissionSetsOptions) {
    this.#engine = engine;
    this.#idleTemplatesMax = idleTemplatesMax;
  }

  get size(): number {
    return this.#byNumber.size;
  }

  /** The sets that one of `groups` has a part in. */
  withAnyOf(groups: ReadonlySet<string>): PermissionSet<Holder>[] {
    return [...this.#byGroups.values()].filter((set) => set.groups.some((group) => groups.has(group)));
  }

  /** Lets a holder have the set of some groups, which is made if it is not there. It may still have another, too. */
  enter(holder: Holder, groups: readonly string[], make: () => SetTemplates): PermissionSet<Holder> {
    const set = this.#byGroups.get(keyOf(groups)) ?? this.#make(groups, make());
    this.#wake(set);
    set.holders.add(holder);
    return set;
  }

  /** Tells that a holder has a set no more, and that the core has been told. */
  leave(holder: Holder, { number }: PermissionSet<Holder>): void {
    const set = this.#byNumber.get(number);
    if (set?.holders.delete(holder) && set.holders.size === 0) this.#rest(set);
  }

  /** Gives a set other templates with the same variables. */
  redefine({ number }: PermissionSet<Holder>, templates: SetTemplates): void {
    const set = this.#byNumber.get(number);
    if (set === undefined) throw new Error(`Cannot redefine the permission set ${number}: there is none`);
    set.templates = templates;
    this.#define(set);
  }

  /** Lets nobody enter a set any more; it goes when the last one has left. */
  retire({ number }: PermissionSet<Holder>): void {
    const set = this.#byNumber.get(number);
    if (set === undefined) return;
    this.#byGroups.delete(keyOf(set.groups));
    if (set.holders.size === 0) this.#drop(set);
  }

  #make(groups: readonly string[], templates: SetTemplates): OwnSet<Holder> {
    const set = { number: this.#numbers.take(), groups, templates, holders: new Set<Holder>() };
    this.#define(set);
    this.#byNumber.set(set.number, set);
    this.#byGroups.set(keyOf(groups), set);
    return set;
  }

  #define({ number, templates: { publish, subscribe, variables } }: OwnSet<Holder>): void {
    const names = this.#engine.setPermissions(number, publish, subscribe);
    if (equalTexts(names, variables)) return;
    throw new Error(
      `Cannot grant by the permission set ${number}: the core reads its variables as ${names.join(", ")}`,
    );
  }

  #rest(set: OwnSet<Holder>): void {
    if (this.#byGroups.get(keyOf(set.groups)) !== set) return this.#drop(set);
    this.#idle.add(set);
    this.#idleTemplates += templateCount(set);
    for (const oldest of this.#idle) {
      if (this.#idleTemplates <= this.#idleTemplatesMax) return;
      this.#byGroups.delete(keyOf(oldest.groups));
      this.#drop(oldest);
    }
  }

  #wake(set: OwnSet<Holder>): void {
    if (this.#idle.delete(set)) this.#idleTemplates -= templateCount(set);
  }

  /** Empties a set that nobody has before its number is free for another. */
  #drop(set: OwnSet<Holder>): void {
    this.#wake(set);
    this.#byNumber.delete(set.number);
    this.#engine.setPermissions(set.number, [], []);
    this.#numbers.free(set.number);
  }
}

/** Group keys have no spaces. */
function keyOf(groups: readonly string[]): string {
  return groups.join(" ");
}

/** One more than its templates: also an empty set is something that is kept. */
function templateCount({ templates }: OwnSet<unknown>): number {
  return templates.publish.length + templates.subscribe.length + 1;
}
