/**
 * The text of a topic template, checked before the core sees it. `core-rs/topic/src/template/parse.rs` reads the same
 * language and has the last word; what passes here passes there.
 *
 * event-grid: specification §4.2.
 */

/** Bounds of one template, and what may differ between profiles. */
export interface TemplateLimits {
  readonly templateBytesMax: number;
  readonly templateLevelsMax: number;
}

/** A template that can be used. */
export interface TopicTemplate {
  readonly text: string;
  /** `client.authenticationName` and `client.attributes.KEY`, in the order in which they first stand there. */
  readonly variables: readonly string[];
}

/** Why a text is no template. */
export interface TemplateError {
  /** The character at which it stops making sense, the first one being 0. */
  readonly position: number;
  /** What would be right, as it stands after "use". */
  readonly expected: string;
}

/** Reads a template. */
export function parseTemplate(text: string, limits: TemplateLimits): TopicTemplate | TemplateError {
  const fault = faultOfWhole(text, limits);
  if (fault !== undefined) return fault;
  const variables = new Set<string>();
  let position = 0;
  const levels = text.split("/");
  for (const [index, level] of levels.entries()) {
    const found = readLevel({ text: level, position }, index === levels.length - 1, variables);
    if (found !== undefined) return found;
    position += level.length + 1;
  }
  return { text, variables: [...variables] };
}

/** Whether reading a template found an error. */
export function isTemplateError(read: TopicTemplate | TemplateError): read is TemplateError {
  return "expected" in read;
}

function faultOfWhole(text: string, limits: TemplateLimits): TemplateError | undefined {
  if (text === "") return { position: 0, expected: "at least one character" };
  // A character has at least one byte, so a huge text is refused before it is encoded.
  if (text.length > limits.templateBytesMax || utf8Bytes(text) > limits.templateBytesMax) {
    return { position: 0, expected: `at most ${limits.templateBytesMax} bytes` };
  }
  if (!text.isWellFormed()) return { position: 0, expected: "whole characters, without lone surrogates" };
  if (text.startsWith("$") && !text.startsWith("${")) {
    return { position: 0, expected: "a topic that does not begin with $: those are reserved" };
  }
  const zero = text.indexOf("\0");
  if (zero !== -1) return { position: zero, expected: "characters other than U+0000" };
  const levels = text.split("/").length;
  return levels > limits.templateLevelsMax
    ? { position: 0, expected: `at most ${limits.templateLevelsMax} levels` }
    : undefined;
}

/** A piece of the template, and where it begins. */
interface Part {
  readonly text: string;
  readonly position: number;
}

function readLevel(level: Part, isLast: boolean, variables: Set<string>): TemplateError | undefined {
  if (level.text === "+" || (level.text === "#" && isLast)) return undefined;
  let rest = level;
  for (;;) {
    const open = rest.text.indexOf("${");
    const fault = faultOfLiteral(open === -1 ? rest : part(rest, 0, open));
    if (fault !== undefined || open === -1) return fault;
    const close = rest.text.indexOf("}", open);
    if (close === -1) return at(rest, open, "a variable that is closed by } in the same level");
    const found = readVariable(part(rest, open + 2, close), variables);
    if (found !== undefined) return found;
    rest = part(rest, close + 1, rest.text.length);
  }
}

/** Reads what stands between `${` and `}`. */
function readVariable(inside: Part, variables: Set<string>): TemplateError | undefined {
  const bar = inside.text.indexOf("|");
  const name = bar === -1 ? inside.text : inside.text.slice(0, bar);
  if (!/^client\.(authenticationName|attributes\.[A-Za-z0-9_]+)$/.test(name)) {
    return at(inside, 0, "the variable client.authenticationName or client.attributes.KEY");
  }
  variables.add(name);
  return bar === -1 ? undefined : faultOfAffix(part(inside, bar + 1, inside.text.length));
}

function faultOfAffix(affix: Part): TemplateError | undefined {
  if (affix.text === "") return at(affix, 0, "a literal behind the | of a variable");
  const offset = affix.text.search(/[{|]/);
  return offset === -1
    ? faultOfLiteral(affix)
    : at(affix, offset, "a literal without { and | behind the | of a variable");
}

function faultOfLiteral(literal: Part): TemplateError | undefined {
  const offset = literal.text.search(/[+#]/);
  if (offset === -1) return undefined;
  return literal.text[offset] === "+"
    ? at(literal, offset, "+ only as a whole level")
    : at(literal, offset, "# only as the whole last level");
}

function part({ text, position }: Part, from: number, to: number): Part {
  return { text: text.slice(from, to), position: position + from };
}

function at({ position }: Part, offset: number, expected: string): TemplateError {
  return { position: position + offset, expected };
}

const encoder = new TextEncoder();

function utf8Bytes(text: string): number {
  return encoder.encode(text).length;
}
