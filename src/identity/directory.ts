/** What identity needs to know of the registered resources. Implemented by whoever keeps them. */
import type { NameSource, ValidationScheme } from "../config/certificate_names.ts";

/** A client of the registry. */
export interface RegisteredClient {
  /** As it was registered, case and all. */
  readonly authenticationName: string;
  readonly enabled: boolean;
  readonly validationScheme: ValidationScheme;
  /** SHA-256 or SHA-1 digests in hexadecimal, with or without colons; only for `ThumbprintMatch`. */
  readonly allowedThumbprints: readonly string[];
}

/** A registered CA certificate, root or intermediate. */
export interface Authority {
  /** The resource's name, for the log. */
  readonly name: string;
  /** DER. */
  readonly certificate: Uint8Array;
  /** DER of a CRL that this very CA has signed. */
  readonly revocationList?: Uint8Array;
}

/** Who may prove themselves with a certificate. */
export interface ClientDirectory {
  /** Finds a client whatever the case of `name`. */
  findByAuthenticationName(name: string): RegisteredClient | undefined;
  /** Every registered CA. An unchanged one is the same object each time, so that it is parsed once. */
  authorities(): readonly Authority[];
  /** In the order in which they are asked. */
  alternativeNameSources(): readonly NameSource[];
}

/** A user with a password. */
export interface RegisteredUser {
  readonly name: string;
  readonly enabled: boolean;
  /** A PHC string, as `hashPassword` makes it. */
  readonly passwordHash: string;
}

/** Who may prove themselves with a password. */
export interface UserDirectory {
  /** Whether there is any user; without one nobody's password is looked at. */
  hasUsers(): boolean;
  findUser(name: string): RegisteredUser | undefined;
}
