import { z } from "zod";
import {
  areShort,
  type Attributes,
  type AttributeValue,
  isAttributeKey,
  isAttributeValue,
  isAuthenticationName,
} from "../attributes.ts";
import type { FetchAnswer } from "../bounded_fetch.ts";
import { WebhookFault } from "./fault.ts";

/** What the webhook has decided. */
export type WebhookAnswer =
  | {
    readonly decision: "allow";
    readonly clientAuthenticationName: string;
    readonly attributes: Attributes;
    /** Seconds since 1970. */
    readonly expiration: number | undefined;
  }
  | { readonly decision: "deny"; readonly errorReason: string | undefined };

const name = z.custom<string>(isAuthenticationName);
const attributes = z.record(z.string().refine(isAttributeKey), z.custom<AttributeValue>(isAttributeValue))
  .refine(areShort);
/** Azure's sample shows it in quotes. */
const expiration = z.union([z.int().min(0), z.string().regex(/^\d{1,12}$/).transform(Number)]);

/** event-grid: specification §3.5. `null` says no more than nothing; other keys mean nothing. */
const answerSchema = z.discriminatedUnion("decision", [
  z.object({
    decision: z.literal("allow"),
    clientAuthenticationName: name,
    attributes: attributes.nullish().transform((given) => given ?? {}),
    expiration: expiration.nullish().transform((given) => given ?? undefined),
  }),
  z.object({
    decision: z.literal("deny"),
    errorReason: z.string().nullish().transform((given) => given ?? undefined),
  }),
]);

/**
 * Reads what the webhook answers.
 *
 * @throws {WebhookFault} if it is no decision
 */
export function readAnswer({ status, body }: FetchAnswer): WebhookAnswer {
  if (status !== 200) {
    throw new WebhookFault("status", `the webhook answers with the status ${status}`, { status });
  }
  const read = answerSchema.safeParse(parsed(body));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? "" : `: ${issue.path.join(".")} is wrong`;
  throw new WebhookFault("no-decision", `the webhook answers with what is no decision${place}`, { status });
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
