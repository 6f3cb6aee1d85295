import type { Literal, Operand, Query } from "./query.ts";

/** That an operand has a value, or has it among others. */
export interface Pair {
  readonly operand: Operand;
  readonly literal: Literal;
}

/**
 * Pairs of which every client that a query finds has at least one, `undefined` if there are none: whoever has none of
 * them need not be looked at.
 */
export function necessaryPairs(query: Query): readonly Pair[] | undefined {
  switch (query.kind) {
    case "true":
      return undefined;
    case "compare":
      return query.operator === "=" ? [query] : undefined;
    case "in":
      return [...query.literals].map((literal) => ({ operand: query.operand, literal }));
    case "and":
      return query.terms.map(necessaryPairs).reduce(shorter);
    case "or":
      return query.terms.map(necessaryPairs).reduce(both);
  }
}

type Pairs = readonly Pair[] | undefined;

function shorter(one: Pairs, other: Pairs): Pairs {
  if (one === undefined || other === undefined) return one ?? other;
  return one.length <= other.length ? one : other;
}

function both(one: Pairs, other: Pairs): Pairs {
  return one === undefined || other === undefined ? undefined : [...one, ...other];
}
