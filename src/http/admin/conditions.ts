import { HttpProblem } from "../problem.ts";
import type { Conditions } from "./ports.ts";

/** A list of tags; without quotes too, as Azure's clients may send one. RFC 9110 §8.8.3. */
const TAG = /^(W\/)?(?:"([\x21\x23-\x7e\x80-\xff]*)"|([\x21\x23-\x2b\x2d-\x7e]+))$/;

/**
 * What the headers of a request ask of the version that is there.
 *
 * @throws {HttpProblem} 400 if one of them is no list of tags
 */
export function conditionsOf(header: (name: string) => string | undefined): Conditions {
  return {
    ifMatch: tagsOf("if-match", header),
    ifNoneMatch: tagsOf("if-none-match", header),
  };
}

/** Whether a reader has this version already. */
export function isKnown({ ifNoneMatch }: Conditions, etag: string): boolean {
  return ifNoneMatch === "*" || (ifNoneMatch?.includes(etag) ?? false);
}

/** A tag as headers have it. */
export function quoted(etag: string): string {
  return `"${etag}"`;
}

function tagsOf(name: string, header: (name: string) => string | undefined): string[] | "*" | undefined {
  const value = header(name)?.trim();
  if (value === undefined || value === "*") return value;
  return value.split(",").flatMap((part) => {
    const [, weak, tag, bare] = TAG.exec(part.trim()) ?? [];
    const found = tag ?? bare;
    if (found === undefined) throw invalid(name);
    // A weak tag is equal to none of ours in the strong comparison that writes need. RFC 9110 §13.1.1.
    return weak === undefined ? [found] : [];
  });
}

function invalid(parameter: string): HttpProblem {
  const detail = `Cannot read ${parameter}: use * or tags in quotes, such as "5d0b"`;
  return new HttpProblem("parameter-invalid", { detail, faults: [{ parameter, detail }] });
}
