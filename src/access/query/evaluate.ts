import { attributeOf, type Attributes, type AttributeValue } from "../attributes.ts";
import { foldName } from "../authentication_name.ts";
import type { Literal, Operand, Query } from "./query.ts";

/** Of whom a query asks. */
export interface Subject {
  readonly authenticationName: string;
  readonly attributes: Attributes;
}

/**
 * Whether a client belongs to the group of a query.
 *
 * A missing attribute, an empty list and a value of another type make every comparison false, `!=` too: nobody gets
 * into a group by lacking something. A list equals a text if one of its elements does, and differs from it if none
 * does. Texts are compared exactly, authentication names ignoring case.
 */
export function matches(query: Query, subject: Subject): boolean {
  switch (query.kind) {
    case "true":
      return true;
    case "and":
      return query.terms.every((term) => matches(term, subject));
    case "or":
      return query.terms.some((term) => matches(term, subject));
    case "in":
      return valuesOf(query.operand, subject).some((value) => query.literals.has(value));
    case "compare":
      return compare(valuesOf(query.operand, subject), query.operator, query.literal);
  }
}

type Operator = Extract<Query, { kind: "compare" }>["operator"];

function compare(values: readonly Literal[], operator: Operator, literal: Literal): boolean {
  const comparable = values.filter((value) => typeof value === typeof literal);
  switch (operator) {
    case "=":
      return comparable.includes(literal);
    case "!=":
      return comparable.length > 0 && !comparable.includes(literal);
    case "<":
      return comparable.some((value) => value < literal);
    case ">":
      return comparable.some((value) => value > literal);
    case "<=":
      return comparable.some((value) => value <= literal);
    case ">=":
      return comparable.some((value) => value >= literal);
  }
}

/** All values of an operand: none if it is missing, several if it is a list; a name is folded. */
export function valuesOf(operand: Operand, subject: Subject): readonly Literal[] {
  if (operand.kind === "name") return [foldName(subject.authenticationName)];
  const value = attributeOf(subject.attributes, operand.key);
  if (value === undefined) return [];
  return isList(value) ? value : [value];
}

function isList(value: AttributeValue): value is readonly string[] {
  return Array.isArray(value);
}
