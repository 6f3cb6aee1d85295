import { necessaryPairs } from "./necessary.ts";
import { type Literal, type Operand, operandKey, type Query } from "./query.ts";

/** Groups by what their queries ask for, so that thousands of groups cost a client only those that it may belong to. */
export class GroupIndex {
  /** Groups that anybody may belong to. */
  readonly #open = new Set<string>();
  readonly #byOperand = new Map<
    string,
    { readonly operand: Operand; readonly groups: Map<Literal, Set<string>> }
  >();

  /** @param query none for a group that anybody may belong to */
  add(group: string, query: Query | undefined): void {
    const pairs = query && necessaryPairs(query);
    if (pairs === undefined) this.#open.add(group);
    for (const { operand, literal } of pairs ?? []) this.#groupsOf(operand, literal).add(group);
  }

  /** @param query what the group was added with */
  remove(group: string, query: Query | undefined): void {
    this.#open.delete(group);
    for (const { operand, literal } of query && necessaryPairs(query) || []) {
      const groups = this.#groupsOf(operand, literal);
      groups.delete(group);
      if (groups.size === 0) this.#byOperand.get(operandKey(operand))?.groups.delete(literal);
    }
  }

  /** The groups that a client may belong to, by the values of its operands. */
  candidates(valuesOf: (operand: Operand) => readonly Literal[]): ReadonlySet<string> {
    const found = new Set(this.#open);
    for (const { operand, groups } of this.#byOperand.values()) {
      for (const value of valuesOf(operand)) {
        for (const group of groups.get(value) ?? []) found.add(group);
      }
    }
    return found;
  }

  #groupsOf(operand: Operand, literal: Literal): Set<string> {
    const key = operandKey(operand);
    const known = this.#byOperand.get(key) ?? { operand, groups: new Map<Literal, Set<string>>() };
    this.#byOperand.set(key, known);
    const groups = known.groups.get(literal) ?? new Set<string>();
    known.groups.set(literal, groups);
    return groups;
  }
}
