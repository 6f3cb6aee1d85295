import type { HttpBindings } from "@hono/node-server";
import type { BodyReader } from "../body.ts";
import { HttpProblem } from "../problem.ts";

/** Objects and lists within one another. What is read recurses, and must not run out of stack. */
const DEPTH_MAX = 64;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Reads the JSON bodies of requests, each and all together bounded. */
export class JsonBodies {
  readonly #bodies: BodyReader;

  constructor(bodies: BodyReader) {
    this.#bodies = bodies;
  }

  /** @throws {HttpProblem} 400 if the body is no JSON, or what the reader throws */
  async read(bindings: HttpBindings): Promise<unknown> {
    const bytes = await this.#bodies.read(bindings);
    try {
      const text = utf8.decode(bytes);
      if (isTooDeep(text)) throw invalid(`at most ${DEPTH_MAX} objects and lists within one another`);
      return JSON.parse(text);
    } catch (error) {
      throw error instanceof HttpProblem ? error : invalid("JSON in UTF-8");
    }
  }
}

/** One pass over brackets outside of strings; what else is wrong with the text, the parser says. */
function isTooDeep(text: string): boolean {
  let [depth, within] = [0, false];
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '"') within = !within;
    else if (within) index += character === "\\" ? 1 : 0;
    else if (character === "[" || character === "{") depth += 1;
    else if (character === "]" || character === "}") depth -= 1;
    if (depth > DEPTH_MAX) return true;
  }
  return false;
}

function invalid(expected: string): HttpProblem {
  return new HttpProblem("body-invalid", { detail: `Cannot read the body: use ${expected}` });
}
