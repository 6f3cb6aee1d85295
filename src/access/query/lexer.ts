/** The words of a client group's query. */

/** One word, and the character at which it begins. */
export type Token =
  & { readonly position: number }
  & (
    | { readonly kind: "word" | "text"; readonly text: string }
    | { readonly kind: "integer"; readonly value: number }
    | { readonly kind: "symbol"; readonly text: Symbol }
    | { readonly kind: "end" }
    /** What cannot be read; `expected` says what would be right. */
    | { readonly kind: "fault"; readonly expected: string }
  );

/** Everything that is no word and no literal. */
export type Symbol = "(" | ")" | "[" | "]" | "," | Comparison;

/** How an operand is compared with one literal; `<>` is another way to write `!=`. */
export type Comparison = "=" | "!=" | "<>" | "<" | ">" | "<=" | ">=";

/** The longest first, so that `<=` is not read as `<`. */
const symbols: readonly Symbol[] = ["!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", "[", "]", ","];

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** Reads a query word by word. After the end, and after a fault, it gives the same again. */
export class Lexer {
  readonly #source: string;
  #position = 0;

  constructor(source: string) {
    this.#source = source;
  }

  next(): Token {
    this.#skip(/\s*/y);
    const position = this.#position;
    const first = this.#source[position];
    if (first === undefined) return { kind: "end", position };
    if (first === '"' || first === "'") return this.#text(first);
    const word = this.#skip(/[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*/y);
    if (word !== "") return { kind: "word", position, text: word };
    const digits = this.#skip(/-?[0-9]+/y);
    return digits === "" ? this.#symbol() : integer(digits, position);
  }

  /** A literal in quotes. There is no escape: the other kind of quote may stand within. */
  #text(quote: string): Token {
    const position = this.#position;
    const end = this.#source.indexOf(quote, position + 1);
    if (end === -1) return { kind: "fault", position, expected: `a text that is closed by ${quote}` };
    this.#position = end + 1;
    return { kind: "text", position, text: this.#source.slice(position + 1, end) };
  }

  #symbol(): Token {
    const position = this.#position;
    const text = symbols.find((symbol) => this.#source.startsWith(symbol, position));
    if (text === undefined) {
      return {
        kind: "fault",
        position,
        expected: "attributes.KEY, authenticationName, a literal or an operator",
      };
    }
    this.#position += text.length;
    return { kind: "symbol", position, text };
  }

  /** Takes what the sticky `pattern` finds here, and gives it. */
  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#position;
    const [found = ""] = pattern.exec(this.#source) ?? [];
    this.#position += found.length;
    return found;
  }
}

/**
 * A whole number of 64 bits. Beyond 2^53 it is rounded, which no comparison can tell: an attribute is never as large,
 * and rounding keeps the order.
 */
function integer(digits: string, position: number): Token {
  const tooLong = digits.length > 20;
  if (tooLong || BigInt(digits) < INT64_MIN || BigInt(digits) > INT64_MAX) {
    return { kind: "fault", position, expected: "a whole number of 64 bits" };
  }
  return { kind: "integer", position, value: Number(digits) };
}
