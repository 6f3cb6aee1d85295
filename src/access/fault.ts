/** What is wrong with a resource. The names are stable: programs go by them. */
export type FaultCode =
  | "missing-value"
  | "wrong-value"
  | "unknown-key"
  | "not-supported"
  | "name-invalid"
  | "query-invalid"
  | "template-invalid"
  | "certificate-invalid"
  | "immutable"
  | "reference-missing";

/** One place of a resource that cannot be used as it is. Whoever wrote the resource is at fault. */
export interface ResourceFault {
  readonly code: FaultCode;
  /** The key, with a list's index behind it: `properties.topicTemplates.0`; `name` for the resource's name. */
  readonly path: string;
  /** What stands there; nothing of a password is ever put here. */
  readonly value: unknown;
  /** What would be right, as it stands after "use". */
  readonly expected: string;
  /** Of a query or a template: the character at which it stops making sense, the first one being 0. */
  readonly position?: number;
}

/** How many faults of one resource are told: a body of a million wrong entries is not worth a million sentences. */
export const resourceFaultsMax = 50;

const valueCharactersMax = 80;

/** A fault as a sentence: what was attempted, and what would be right. */
export function faultText({ code, path, value, expected, position }: ResourceFault): string {
  const place = position === undefined ? path : `${path} at character ${position + 1}`;
  if (code === "unknown-key") return `Cannot use the key ${place}: use ${expected}`;
  if (code === "missing-value") return `Cannot do without ${place}: use ${expected}`;
  return `Cannot use ${shown(value)} for ${place}: use ${expected}`;
}

/** JSON escapes control characters, so that a value cannot pretend to be a line of its own. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= valueCharactersMax ? text : `${text.slice(0, valueCharactersMax)}…`;
}
