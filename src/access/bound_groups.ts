import { isBuiltInGroup } from "./client_group.ts";
import type { ReadonlyDirectory } from "./directory.ts";
import type { Principal } from "./principal.ts";
import { matches, type Subject, valuesOf } from "./query/evaluate.ts";
import { GroupIndex } from "./query/group_index.ts";
import { parseQuery } from "./query/parser.ts";
import { isQueryError, type Query } from "./query/query.ts";

/** A group that grants something, with its query read. */
interface BoundGroup {
  /** The query's text; a built-in group has none. */
  readonly text: string | undefined;
  readonly query: Query | undefined;
}

/** The groups that permission bindings name; no other group makes a difference. */
export class BoundGroups {
  readonly #resources: ReadonlyDirectory;
  readonly #groups = new Map<string, BoundGroup>();
  readonly #index = new GroupIndex();

  constructor(resources: ReadonlyDirectory) {
    this.#resources = resources;
    const bindings = [...resources.all("permissionBindings")];
    this.update(new Set(bindings.map(({ properties }) => properties.clientGroupName.toLowerCase())));
  }

  /**
   * Reads groups again that have changed, or whose bindings have.
   *
   * @returns those that may have other members than before: of groups that were or are bound
   */
  update(groups: ReadonlySet<string>): Set<string> {
    return new Set([...groups].filter((group) => this.#updateOne(group)));
  }

  /** The keys of all bound groups that a principal belongs to, in order. */
  of(principal: Principal, subject: Subject | undefined): string[] {
    const candidates = this.#index.candidates((operand) =>
      subject === undefined ? [] : valuesOf(operand, subject)
    );
    return [...candidates].filter((group) => this.includes(group, principal, subject)).sort();
  }

  /** Whether a principal belongs to a group that is bound. */
  includes(group: string, principal: Principal, subject: Subject | undefined): boolean {
    const bound = this.#groups.get(group);
    if (bound === undefined) return false;
    if (principal.kind === "anonymous") return group === "$anonymous";
    // Whoever's entry is gone belongs nowhere, not even to `$all`.
    if (subject === undefined) return false;
    return group === "$all" || (bound.query !== undefined && matches(bound.query, subject));
  }

  #updateOne(group: string): boolean {
    const before = this.#groups.get(group);
    const [binding] = this.#resources.bindingsOfGroup(group);
    const text = this.#resources.get("clientGroups", group)?.properties.query;
    if (binding !== undefined && before !== undefined && before.text === text) return false;
    if (before !== undefined) this.#index.remove(group, before.query);
    if (binding === undefined) return this.#groups.delete(group);
    const query = isBuiltInGroup(group) ? undefined : read(text);
    this.#groups.set(group, { text, query });
    this.#index.add(group, query);
    return true;
  }
}

/** Queries are checked when they are written; nobody belongs to a group whose query can't be read any more. */
function read(text: string | undefined): Query | undefined {
  const query = parseQuery(text ?? "", { queryBytesMax: Infinity, queryDepthMax: STORED_QUERY_DEPTH_MAX });
  return isQueryError(query) ? undefined : query;
}

/** More than any profile allows, and far from the end of the stack. */
const STORED_QUERY_DEPTH_MAX = 500;
