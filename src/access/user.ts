import { z } from "zod";
import { type Attributes, attributes } from "./attributes.ts";
import { type State, states } from "./client.ts";
import type { ResourceFault } from "./fault.ts";
import { mapping, word } from "./mapping.ts";

/**
 * Someone who connects with a user name and a password: what a self-hosted broker needs beside the specification. The
 * resource's name is the user name, and the authentication name with it.
 */
export interface UserProperties {
  /** What the password was turned into; only `PasswordHasher` knows what stands in it. */
  readonly passwordHash: string;
  readonly state: State;
  readonly attributes: Attributes;
}

/** Turns passwords into what may be kept, off the event loop. */
export interface PasswordHasher {
  /** A text from which the password can be checked and not read. */
  hash(password: string): Promise<string>;
  /** Whether `hash` was made from `password`; false for what it cannot read. */
  verify(password: string, hash: string): Promise<boolean>;
}

/** Longest password that is taken, in characters: more would only be work for the hash. */
export const PASSWORD_CHARACTERS_MAX = 1024;

const EXPECTED = `a password of 1 to ${PASSWORD_CHARACTERS_MAX} characters`;

/** What the registry is told of a user. */
export const userSchema = mapping({
  password: z.string({ error: EXPECTED }).min(1, { error: EXPECTED })
    .max(PASSWORD_CHARACTERS_MAX, { error: EXPECTED })
    .optional(),
  state: word(states).prefault("Enabled"),
  attributes,
}, ["provisioningState"]);

export type UserInput = z.output<typeof userSchema>;

/**
 * A user with its hash. Without a password the one that it had stays, so that what the API gives can be given back;
 * the same password keeps the same hash, so that applying a file again changes nothing.
 */
export async function completeUser(
  { password, ...rest }: UserInput,
  before: UserProperties | undefined,
  passwords: PasswordHasher,
): Promise<UserProperties | ResourceFault> {
  const kept = before?.passwordHash;
  if (password === undefined) {
    return kept === undefined ? missingPassword : { ...rest, passwordHash: kept };
  }
  const isSame = kept !== undefined && await passwords.verify(password, kept);
  return { ...rest, passwordHash: isSame ? kept : await passwords.hash(password) };
}

const missingPassword: ResourceFault = {
  code: "missing-value",
  path: "properties.password",
  value: undefined,
  expected: EXPECTED,
};
