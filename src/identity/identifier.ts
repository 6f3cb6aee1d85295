/** What each way of proving an identity has in common; `x509/`, `password/`, `token/` and `webhook/` are some. */
import type { Attributes } from "./attributes.ts";
import type { Credentials } from "./authenticator.ts";

/** How an identity was proven, in the words of the diagnostic log (event-grid §3.6; `Password` and `Webhook` are ours). */
export type AuthenticationType =
  | "CACertificate"
  | "CertificateThumbprintMatch"
  | "AccessToken"
  | "Webhook"
  | "Password";

/** Who has vouched for somebody, with what of its settings the word rests on. */
export interface Voucher {
  /** The way's name: `OAUTH2-JWT`, `CUSTOM-JWT` or `webhook`. */
  readonly way: string;
  /** Opaque but to the identifier that has written it. */
  readonly grounds: string;
}

/** A client whose identity is proven. */
export interface Identity {
  /**
   * - `client`, `user`: registered, with a certificate or a password
   * - `external`: somebody who is trusted has said who it is, and with which attributes
   * - `oidc`: a principal of an OIDC issuer, known by what stands in one claim
   */
  readonly kind: "client" | "user" | "external" | "oidc";
  /** The registered name, in the case that it was registered in; otherwise as it was vouched for. */
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
  /** Who has named it, as in `iss`; of principals of OIDC issuers alone. */
  readonly issuer?: string;
  /** Of external identities alone. */
  readonly attributes?: Attributes;
  /** Whose word it rests on, where it is neither a certificate nor a password. */
  readonly voucher?: Voucher;
}

/** What came of looking at credentials. The cause is for the log alone; the reason is one of a v5 CONNACK (§3.2.2.2). */
export type Identification =
  | { readonly identified: true; readonly identity: Identity }
  | { readonly identified: false; readonly reason: number; readonly cause: string };

/** Whoever waits for an answer. */
export interface Waiter {
  /** Aborted once it is gone: nobody wants the answer any more, and what it would still cost can be saved. */
  readonly gone: AbortSignal;
}

/** One way to prove an identity. */
export interface Identifier {
  /**
   * Looks at credentials; `undefined` when they are not of this kind, and another way may try. Changes nothing, so
   * that a connected client is looked at again when a resource has changed. Never throws or rejects.
   */
  identify(
    credentials: Credentials,
    waiter?: Waiter,
  ): Identification | undefined | Promise<Identification | undefined>;
}

/** A way to prove an identity by the word of somebody else, which is not kept. */
export interface VouchedIdentifier extends Identifier {
  readonly way: Voucher["way"];
  /** Why the word that an identity rests on counts no more, by what is configured now; `undefined` if it does. */
  withdrawn(voucher: Voucher): string | undefined;
}

/** A way to prove an identity by a token, which says itself whose word it is. */
export interface TokenIdentifier extends VouchedIdentifier {
  /** Whether a token claims to be of an issuer that is trusted in this way now. Nothing is proven by that. */
  isOfIssuer(token: Uint8Array): boolean;
}

/** A service that is asked about clients. */
export interface AskedIdentifier extends VouchedIdentifier {
  /** Whether there is one now. */
  isAsked(): boolean;
}

/** v5 §3.2.2.2 */
export const NOT_AUTHORIZED = 0x87;
/** v5 §3.2.2.2 */
export const SERVER_UNAVAILABLE = 0x88;

/** A refusal for want of proof. */
export function notAuthorized(cause: string): Identification {
  return { identified: false, reason: NOT_AUTHORIZED, cause };
}

/** A refusal because whoever has to be asked could not be. */
export function unavailable(cause: string): Identification {
  return { identified: false, reason: SERVER_UNAVAILABLE, cause };
}

/** The cause that Azure's log gives for a name that nobody is registered by (event-grid §19.2). */
export const UNKNOWN_CLIENT = "Client could not be found";
