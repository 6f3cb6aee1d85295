import type { z } from "zod";
import { isTree } from "../config/override.ts";
import { type FaultCode, type ResourceFault, resourceFaultsMax } from "./fault.ts";

/** What a check of ours says beside its message: `params` of a custom issue. */
export interface IssueFacts {
  readonly code: FaultCode;
  readonly position?: number;
}

/** Where a body stands in what its writer sees: faults of `{"properties": …}` begin with `properties`. */
export interface Body {
  readonly value: unknown;
  readonly root: string;
}

/** The faults that zod found in a body, in our words; one for each place. */
export function faultsOf(issues: readonly z.core.$ZodIssue[], body: Body): ResourceFault[] {
  const byPath = new Map<string, ResourceFault>();
  for (const fault of issues.flatMap((issue) => faultsOfIssue(issue, body))) {
    if (!byPath.has(fault.path)) byPath.set(fault.path, fault);
  }
  return [...byPath.values()].slice(0, resourceFaultsMax);
}

function faultsOfIssue(issue: z.core.$ZodIssue, body: Body): ResourceFault[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      code: "unknown-key",
      ...placeOf([...issue.path, key], body),
      expected: issue.message,
    }));
  }
  const place = placeOf(issue.path, body);
  const expected = issue.code === "invalid_key" ? issue.issues[0]?.message ?? issue.message : issue.message;
  return [{ ...codeOf(issue, place.value), ...place, expected }];
}

function codeOf(issue: z.core.$ZodIssue, value: unknown): IssueFacts {
  const facts = issue.code === "custom" ? issue.params : undefined;
  if (isIssueFacts(facts)) return facts;
  return { code: value === undefined || value === null ? "missing-value" : "wrong-value" };
}

function isIssueFacts(facts: unknown): facts is IssueFacts {
  return isTree(facts) && typeof facts["code"] === "string";
}

function placeOf(parts: readonly PropertyKey[], { value, root }: Body): { path: string; value: unknown } {
  return { path: [root, ...parts.map(String)].join("."), value: valueAt(value, parts) };
}

function valueAt(body: unknown, parts: readonly PropertyKey[]): unknown {
  let value = body;
  for (const part of parts) {
    if (Array.isArray(value)) value = value[Number(part)];
    else value = isTree(value) && Object.hasOwn(value, part) ? value[String(part)] : undefined;
  }
  return value;
}
