import { foldName } from "../authentication_name.ts";
import { type Comparison, Lexer, type Token } from "./lexer.ts";
import type { Literal, Operand, Query, QueryError } from "./query.ts";

/** Bounds of one query. */
export interface QueryLimits {
  readonly queryBytesMax: number;
  readonly queryDepthMax: number;
}

/**
 * Reads a query. Its cost is bounded by the limits, whatever the text: a longer one is not looked at, and parentheses
 * that go deeper end the reading.
 */
export function parseQuery(text: string, limits: QueryLimits): Query | QueryError {
  if (text.length > limits.queryBytesMax || new TextEncoder().encode(text).length > limits.queryBytesMax) {
    return { position: 0, expected: `a query of at most ${limits.queryBytesMax} bytes` };
  }
  try {
    return new Parser(text, limits.queryDepthMax).whole();
  } catch (error) {
    if (error instanceof Misread) return { position: error.position, expected: error.expected };
    throw error;
  }
}

/** Ends the reading from any depth; never leaves this file. */
class Misread extends Error {
  constructor(readonly position: number, readonly expected: string) {
    super(expected);
  }
}

const comparisons: ReadonlySet<string> = new Set<Comparison>(["=", "!=", "<>", "<", ">", "<=", ">="]);
const orders: ReadonlySet<string> = new Set<Comparison>(["<", ">", "<=", ">="]);

/** One function for each rule of the grammar; each begins at `#token` and leaves the first token that is not its own. */
class Parser {
  readonly #lexer: Lexer;
  readonly #depthMax: number;
  #token: Token;
  #depth = 0;

  constructor(text: string, depthMax: number) {
    this.#lexer = new Lexer(text);
    this.#depthMax = depthMax;
    this.#token = this.#lexer.next();
  }

  whole(): Query {
    const query = this.#or();
    return this.#token.kind === "end" ? query : this.#fail("and, or, or the end of the query");
  }

  #or(): Query {
    return this.#joined("or", () => this.#and());
  }

  #and(): Query {
    return this.#joined("and", () => this.#term());
  }

  #joined(kind: "and" | "or", term: () => Query): Query {
    const first = term();
    const terms = [first];
    while (this.#isKeyword(kind)) {
      this.#advance();
      terms.push(term());
    }
    return terms.length === 1 ? first : { kind, terms };
  }

  #term(): Query {
    if (this.#isSymbol("(")) return this.#parenthesized();
    if (this.#isKeyword("true")) {
      this.#advance();
      return { kind: "true" };
    }
    return this.#comparison(this.#operand());
  }

  #parenthesized(): Query {
    if (this.#depth === this.#depthMax) {
      this.#fail(`at most ${this.#depthMax} parentheses within one another`);
    }
    this.#depth += 1;
    this.#advance();
    const query = this.#or();
    this.#take(")", "and, or, or a closing )");
    this.#depth -= 1;
    return query;
  }

  #operand(): Operand {
    const token = this.#token;
    const operand = token.kind === "word" ? operandOf(token.text) : undefined;
    if (operand === undefined) return this.#fail("attributes.KEY, authenticationName, true or (");
    this.#advance();
    return operand;
  }

  #comparison(operand: Operand): Query {
    if (this.#isKeyword("in")) return this.#in(operand);
    const token = this.#token;
    if (token.kind !== "symbol" || !isComparison(token.text)) {
      return this.#fail("one of =, !=, <>, <, >, <=, >= or IN");
    }
    this.#advance();
    if (orders.has(token.text) && this.#token.kind !== "integer") {
      return this.#fail(`a whole number behind ${token.text}`);
    }
    const literal = this.#literal(operand);
    return { kind: "compare", operand, operator: token.text === "<>" ? "!=" : token.text, literal };
  }

  #in(operand: Operand): Query {
    this.#advance();
    this.#take("[", "[ behind IN");
    const literals = new Set([this.#literal(operand)]);
    while (this.#isSymbol(",")) {
      this.#advance();
      literals.add(this.#literal(operand));
    }
    this.#take("]", ", or a closing ]");
    return { kind: "in", operand, literals };
  }

  #literal(operand: Operand): Literal {
    const token = this.#token;
    if (token.kind !== "text" && token.kind !== "integer") {
      return this.#fail("a text in quotes or a whole number");
    }
    this.#advance();
    if (token.kind === "integer") return token.value;
    return operand.kind === "name" ? foldName(token.text) : token.text;
  }

  #take(symbol: string, expected: string): void {
    if (!this.#isSymbol(symbol)) this.#fail(expected);
    this.#advance();
  }

  #isSymbol(text: string): boolean {
    return this.#token.kind === "symbol" && this.#token.text === text;
  }

  #isKeyword(keyword: string): boolean {
    return this.#token.kind === "word" && this.#token.text.toLowerCase() === keyword;
  }

  #advance(): void {
    this.#token = this.#lexer.next();
  }

  #fail(expected: string): never {
    const token = this.#token;
    throw new Misread(token.position, token.kind === "fault" ? token.expected : expected);
  }
}

function operandOf(word: string): Operand | undefined {
  if (word === "authenticationName") return { kind: "name" };
  const [, key] = /^attributes\.([A-Za-z0-9_]+)$/.exec(word) ?? [];
  return key === undefined ? undefined : { kind: "attribute", key };
}

function isComparison(symbol: string): symbol is Comparison {
  return comparisons.has(symbol);
}
