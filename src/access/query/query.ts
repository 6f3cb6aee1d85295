/**
 * The queries of client groups, read once.
 *
 * event-grid: specification §4.1. Where that is silent, see `docs/adr/0008-access-where-the-documents-are-silent.md`.
 */
import type { Comparison } from "./lexer.ts";

/** What a query asks of a client. */
export type Query =
  | { readonly kind: "true" }
  /** All terms of `and`, one of those of `or`; two or more. */
  | { readonly kind: "and" | "or"; readonly terms: readonly Query[] }
  | {
    readonly kind: "compare";
    readonly operand: Operand;
    readonly operator: Exclude<Comparison, "<>">;
    readonly literal: Literal;
  }
  | { readonly kind: "in"; readonly operand: Operand; readonly literals: ReadonlySet<Literal> };

/** What is compared: the name, or the attribute of a key. Texts that a name is compared with are folded. */
export type Operand = { readonly kind: "name" } | { readonly kind: "attribute"; readonly key: string };

export type Literal = string | number;

/** Equal for two operands exactly if they are the same. No attribute's key is empty. */
export function operandKey(operand: Operand): string {
  return operand.kind === "name" ? "" : operand.key;
}

/** Why a text is no query. */
export interface QueryError {
  /** The character at which it stops making sense, the first one being 0. */
  readonly position: number;
  /** What would be right, as it stands after "use". */
  readonly expected: string;
}

/** Whether reading a query found an error. */
export function isQueryError(read: Query | QueryError): read is QueryError {
  return "expected" in read;
}
