import { HttpProblem } from "./problem.ts";

/**
 * The value of one query parameter, percent-decoded, or nothing if it is absent.
 *
 * Stricter than `URLSearchParams`, which turns broken escapes into themselves and broken UTF-8 into U+FFFD: a
 * message must not go to a topic that nobody named. `+` is a space, as forms and most HTTP clients write it.
 *
 * @param search the query string, without its question mark
 * @throws {HttpProblem} 400 if the parameter is there twice or is not percent-encoded UTF-8
 */
export function queryParameter(search: string, name: string): string | undefined {
  const values = search.split("&").filter((pair) => nameOf(pair) === name);
  const [pair] = values;
  if (pair === undefined) return undefined;
  if (values.length > 1) throw invalid(name, `Cannot use ${name} twice: give it once`);
  const value = decoded(pair.slice(name.length + 1));
  if (value === undefined) throw invalid(name, `Cannot decode ${name}: it must be percent-encoded UTF-8`);
  return value;
}

function nameOf(pair: string): string {
  const end = pair.indexOf("=");
  return end === -1 ? pair : pair.slice(0, end);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

function invalid(parameter: string, detail: string): HttpProblem {
  return new HttpProblem("parameter-invalid", { detail, faults: [{ parameter, detail }] });
}
