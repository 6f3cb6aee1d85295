import { Buffer } from "node:buffer";
import { HttpProblem } from "../problem.ts";
import { queryParameter } from "../query.ts";
import type { NameFilterReader } from "./ports.ts";

/** Which part of a list is asked for. */
export interface ListQuery {
  readonly top: number;
  /** The name to go on behind. */
  readonly after: string | undefined;
  readonly accepts: ((name: string) => boolean) | undefined;
}

/** Items on a page, unless fewer or more are asked for. */
const TOP_PRESET = 100;
const TOP_MAX = 1000;

const FORGOTTEN: ReadonlySet<string> = new Set(["$skipToken", "$skiptoken", "skipToken"]);

/**
 * Reads `$top`, `$filter` and `$skipToken` of a list, as Azure has them; without the dollar too, which shells eat.
 *
 * @throws {HttpProblem} 400 if one of them cannot be used
 */
export function listQueryOf(search: string, readFilter: NameFilterReader): ListQuery {
  return {
    top: topOf(either(search, ["$top", "top"])),
    after: afterOf(either(search, [...FORGOTTEN])),
    accepts: filterOf(either(search, ["$filter", "filter"]), readFilter),
  };
}

/** The address of the page behind `name`. */
export function nextLink(address: string, search: string, name: string): string {
  const kept = search.split("&").filter((pair) => pair !== "" && !FORGOTTEN.has(nameOf(pair)));
  const token = Buffer.from(name).toString("base64url");
  return `${address}?${[...kept, `$skipToken=${token}`].join("&")}`;
}

function topOf(text: string | undefined): number {
  if (text === undefined) return TOP_PRESET;
  const top = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  return top >= 1 && top <= TOP_MAX ? top : refuse("$top", `a whole number from 1 to ${TOP_MAX}`);
}

function afterOf(token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  const name = Buffer.from(token, "base64url").toString();
  return Buffer.from(name).toString("base64url") === token
    ? name
    : refuse("$skipToken", "the one of a nextLink");
}

function filterOf(text: string | undefined, readFilter: NameFilterReader): ListQuery["accepts"] {
  if (text === undefined) return undefined;
  const filter = readFilter(text);
  if (typeof filter === "function") return filter;
  const { expected, position } = filter;
  return refuse("$filter", expected, position);
}

/** The first of several names of one parameter that is there; `$` may be percent-encoded. */
function either(search: string, names: readonly string[]): string | undefined {
  const plain = search.replaceAll(/(^|&)%24/g, "$1$");
  for (const name of names) {
    const value = queryParameter(plain, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

function nameOf(pair: string): string {
  return pair.replace(/^%24/, "$").split("=", 1)[0] ?? "";
}

function refuse(parameter: string, expected: string, position?: number): never {
  const place = position === undefined ? parameter : `${parameter} at character ${position + 1}`;
  const detail = `Cannot use ${place}: use ${expected}`;
  const fault = { parameter, detail, ...position === undefined ? {} : { position } };
  throw new HttpProblem("parameter-invalid", { detail, faults: [fault] });
}
