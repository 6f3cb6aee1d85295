/** What each way of proving an identity has in common; `x509/` and `password/` are two of them. */
import type { Credentials } from "./authenticator.ts";

/** How an identity was proven, in the words of the diagnostic log (event-grid §3.6; `Password` is ours). */
export type AuthenticationType = "CACertificate" | "CertificateThumbprintMatch" | "Password";

/** A client whose identity is proven. */
export interface Identity {
  /** Whether it is a client of the registry or a user with a password. */
  readonly kind: "client" | "user";
  /** The registered name, in the case that it was registered in. */
  readonly authenticationName: string;
  readonly authenticationType: AuthenticationType;
  /** Where the name was taken from: `UserName`, or a source of `alternativeAuthenticationNameSources`. */
  readonly source: string;
  /** Names of the registered CAs that the proof rests on; it has to be made again when one of them changes. */
  readonly authorities: readonly string[];
  /** When the proof ends, in milliseconds since 1970; the connection has to end then. */
  readonly expiresAt: number | undefined;
  /** The hash that the password was right for; with another one it has to be said again. Absent for certificates. */
  readonly passwordHash?: string;
}

/** What came of looking at credentials. The cause is for the log alone; the reason is one of a v5 CONNACK (§3.2.2.2). */
export type Identification =
  | { readonly identified: true; readonly identity: Identity }
  | { readonly identified: false; readonly reason: number; readonly cause: string };

/** One way to prove an identity. */
export interface Identifier {
  /**
   * Looks at credentials; `undefined` when they are not of this kind, and another way may try. Changes nothing, so
   * that a connected client is looked at again when a resource has changed. Never throws or rejects.
   */
  identify(
    credentials: Credentials,
  ): Identification | undefined | Promise<Identification | undefined>;
}

/** v5 §3.2.2.2 */
export const NOT_AUTHORIZED = 0x87;
/** v5 §3.2.2.2 */
export const SERVER_UNAVAILABLE = 0x88;

/** A refusal for want of proof. */
export function notAuthorized(cause: string): Identification {
  return { identified: false, reason: NOT_AUTHORIZED, cause };
}

/** The cause that Azure's log gives for a name that nobody is registered by (event-grid §19.2). */
export const UNKNOWN_CLIENT = "Client could not be found";
