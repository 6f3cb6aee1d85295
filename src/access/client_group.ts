import { z } from "zod";
import type { AccessLimits } from "./limits.ts";
import { description, mapping } from "./mapping.ts";
import type { IssueFacts } from "./issue.ts";
import { parseQuery } from "./query/parser.ts";
import { isQueryError } from "./query/query.ts";

/** Clients that a query finds. event-grid: specification §4.1. */
export interface ClientGroupProperties {
  readonly description?: string | undefined;
  /** As it was written. */
  readonly query: string;
}

/**
 * The groups that are always there and cannot be changed.
 *
 * - `$all`: everyone with an identity: registered clients, users, and whoever a token or webhook vouches for
 * - `$anonymous`: everyone without one (our extension)
 */
export const builtInGroups = ["$all", "$anonymous"] as const;
export type BuiltInGroup = typeof builtInGroups[number];

/** Whether a group is always there; like other names, ignoring case. */
export function isBuiltInGroup(name: string): boolean {
  return builtInGroups.some((group) => group === name.toLowerCase());
}

/** What the registry is told of a client group. */
export function clientGroupSchema(limits: AccessLimits) {
  return mapping({
    description,
    query: z.string({ error: "a query, such as attributes.type = 'sensor'" }).superRefine((text, context) => {
      const read = parseQuery(text, limits);
      if (!isQueryError(read)) return;
      const params: IssueFacts = { code: "query-invalid", position: read.position };
      context.addIssue({ code: "custom", params: { ...params }, message: read.expected });
    }),
  }, ["provisioningState"]);
}
