import { parseDocument, type YAMLError } from "yaml";
import type { ConfigFault } from "./fault.ts";
import { isTree, type Tree } from "./override.ts";

/** A file that somebody else has read. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** What a YAML file says. A file that is empty, or holds only comments, says nothing. */
export function readYaml({ path, text }: TextFile): { tree: Tree; faults: ConfigFault[] } {
  const document = parseDocument(text, { prettyErrors: true });
  if (document.errors.length > 0) {
    return {
      tree: {},
      faults: document.errors.map((error) => faultOf(path, error)),
    };
  }
  const value: unknown = document.toJS() ?? {};
  if (isTree(value)) return { tree: value, faults: [] };
  const expected = "a mapping, such as `data: ./data`";
  return {
    tree: {},
    faults: [{ code: "wrong-value", path: "the whole file", source: path, value, expected }],
  };
}

function faultOf(path: string, { message, linePos }: YAMLError): ConfigFault {
  const [start] = linePos ?? [];
  const place = start === undefined ? "its end" : `line ${start.line}, column ${start.col}`;
  // The library's message goes on with the position and a drawing of the line.
  const expected = message.split(" at line ")[0] ?? message;
  return { code: "not-yaml", path: place, source: path, value: undefined, expected };
}
