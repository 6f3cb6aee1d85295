import { z } from "zod";
import { type ValidationScheme, validationSchemes } from "../config/certificate_names.ts";
import { type Attributes, attributes } from "./attributes.ts";
import { authenticationName } from "./authentication_name.ts";
import type { ResourceFault } from "./fault.ts";
import { description, mapping, word } from "./mapping.ts";

/** Whether a client or a user may connect. */
export const states = ["Enabled", "Disabled"] as const;
export type State = typeof states[number];

/** A registered client, complete. event-grid: specification §3.1. */
export interface ClientProperties {
  readonly description?: string | undefined;
  /** As it was written when the client was made; compared through `foldName`. */
  readonly authenticationName: string;
  readonly state: State;
  readonly clientCertificateAuthentication: {
    readonly validationScheme: ValidationScheme;
    /** As written; compare through {@linkcode normalThumbprint}. Only with `ThumbprintMatch`. */
    readonly allowedThumbprints?: readonly string[] | undefined;
  };
  readonly attributes: Attributes;
}

/** event-grid: specification §3.1. */
const THUMBPRINTS_MAX = 2;

const THUMBPRINT_EXPECTED = "a SHA-256 or SHA-1 digest: 64 or 40 hexadecimal digits";
const SCHEME_NEEDS = `1 to ${THUMBPRINTS_MAX} thumbprints, as the scheme is ThumbprintMatch`;
const SCHEME_FORBIDS = "no thumbprints, or the validation scheme ThumbprintMatch";

const thumbprint = z.string({ error: THUMBPRINT_EXPECTED }).refine(
  (text) => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(normalThumbprint(text)),
  { error: THUMBPRINT_EXPECTED },
);

const clientCertificateAuthentication = mapping({
  validationScheme: word(validationSchemes),
  allowedThumbprints: z.array(thumbprint, { error: `a list of ${THUMBPRINT_EXPECTED}` })
    .max(THUMBPRINTS_MAX, { error: `at most ${THUMBPRINTS_MAX} thumbprints` })
    .optional(),
}).superRefine(({ validationScheme, allowedThumbprints = [] }, context) => {
  const needed = validationScheme === "ThumbprintMatch";
  if (needed === allowedThumbprints.length > 0) return;
  context.addIssue({
    code: "custom",
    path: ["allowedThumbprints"],
    message: needed ? SCHEME_NEEDS : SCHEME_FORBIDS,
  });
});

/** What the registry is told of a client. */
export const clientSchema = mapping({
  description,
  authenticationName: authenticationName.optional(),
  state: word(states).prefault("Enabled"),
  clientCertificateAuthentication,
  attributes,
}, ["provisioningState"]);

export type ClientInput = z.output<typeof clientSchema>;

/**
 * A client with its authentication name: the one that is given, that it had, or that of the resource.
 *
 * @param before the client as it is, if it is there
 */
export function completeClient(
  name: string,
  input: ClientInput,
  before: ClientProperties | undefined,
): ClientProperties | ResourceFault {
  const given = input.authenticationName;
  if (before !== undefined && given !== undefined && given !== before.authenticationName) {
    return {
      code: "immutable",
      path: "properties.authenticationName",
      value: given,
      expected: `${JSON.stringify(before.authenticationName)}: it can't be changed`,
    };
  }
  return { ...input, authenticationName: before?.authenticationName ?? given ?? name };
}

/** The form in which two spellings of one digest are equal: small letters, no colons. */
export function normalThumbprint(text: string): string {
  return text.replaceAll(":", "").toLowerCase();
}
