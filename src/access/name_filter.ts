/**
 * The filter of a list: the part of OData that Azure's API takes. Only the name can be asked for:
 * `contains(name, 'sensor') and not (name eq 'sensor-1' or name ne 'x')`. Names are compared ignoring case.
 */

/** Whether a name is asked for. */
export type NameFilter = (name: string) => boolean;

/** Why a text is no filter. */
export interface NameFilterError {
  /** The character at which it stops making sense, the first one being 0. */
  readonly position: number;
  /** What would be right, as it stands after "use". */
  readonly expected: string;
}

const CHARACTERS_MAX = 1024;
const DEPTH_MAX = 32;

/** Reads the filter of a list. */
export function parseNameFilter(text: string): NameFilter | NameFilterError {
  if (text.length > CHARACTERS_MAX) {
    return { position: 0, expected: `a filter of at most ${CHARACTERS_MAX} characters` };
  }
  try {
    return new Parser(text).whole();
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

/** One function for each rule of the grammar; each begins at `#position`, behind white space. */
class Parser {
  readonly #text: string;
  #position = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#take(/\s*/y);
  }

  whole(): NameFilter {
    const filter = this.#or();
    return this.#position === this.#text.length ? filter : this.#fail("and, or, or the end of the filter");
  }

  #or(): NameFilter {
    const terms = [this.#and()];
    while (this.#take(/or\b\s*/iy)) terms.push(this.#and());
    return (name) => terms.some((term) => term(name));
  }

  #and(): NameFilter {
    const terms = [this.#not()];
    while (this.#take(/and\b\s*/iy)) terms.push(this.#not());
    return (name) => terms.every((term) => term(name));
  }

  #not(): NameFilter {
    if (!this.#take(/not\b\s*/iy)) return this.#term();
    const filter = this.#nested(() => this.#not());
    return (name) => !filter(name);
  }

  #term(): NameFilter {
    if (this.#take(/\(\s*/y)) {
      const filter = this.#nested(() => this.#or());
      this.#demand(/\)\s*/y, "and, or, or a closing )");
      return filter;
    }
    return this.#take(/contains\s*\(\s*/iy) ? this.#contains() : this.#comparison();
  }

  #contains(): NameFilter {
    this.#demand(/name\s*,\s*/iy, "name, and a text in contains(name, 'text')");
    const part = this.#literal();
    this.#demand(/\)\s*/y, "a closing )");
    return (name) => name.toLowerCase().includes(part);
  }

  #comparison(): NameFilter {
    this.#demand(/name\b\s*/iy, "name, contains(name, 'text'), not or (");
    const equal = this.#take(/eq\b\s*/iy);
    if (!equal) this.#demand(/ne\b\s*/iy, "eq or ne");
    const literal = this.#literal();
    return (name) => (name.toLowerCase() === literal) === equal;
  }

  /** A text in single quotes, small; two quotes within it stand for one. */
  #literal(): string {
    const start = this.#position;
    this.#demand(/'(?:[^']|'')*'\s*/y, "a text in single quotes");
    const quoted = this.#text.slice(start, this.#position).trimEnd();
    return quoted.slice(1, -1).replaceAll("''", "'").toLowerCase();
  }

  #nested(read: () => NameFilter): NameFilter {
    if (this.#depth === DEPTH_MAX) this.#fail(`at most ${DEPTH_MAX} levels of not and parentheses`);
    this.#depth += 1;
    const filter = read();
    this.#depth -= 1;
    return filter;
  }

  #demand(pattern: RegExp, expected: string): void {
    if (!this.#take(pattern)) this.#fail(expected);
  }

  /** Goes behind what the sticky `pattern` finds here, if it finds anything. */
  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.#position;
    const found = pattern.exec(this.#text);
    if (found === null) return false;
    this.#position = pattern.lastIndex;
    return true;
  }

  #fail(expected: string): never {
    throw new Misread(this.#position, expected);
  }
}
