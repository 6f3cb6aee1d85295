import type { Credentials } from "../../src/identity/authenticator.ts";
import type { NameSource } from "../../src/config/certificate_names.ts";
import type { Authority, RegisteredClient } from "../../src/identity/directory.ts";
import type { Identification } from "../../src/identity/identifier.ts";
import { CertificateIdentifier } from "../../src/identity/x509/mod.ts";
import type { Made } from "./certificates.ts";

/** A registry in memory, with the identifier in front of it. */
export class TestDirectory {
  readonly clients = new Map<string, RegisteredClient>();
  registered: Authority[] = [];
  sources: NameSource[] = [];
  /** Added to the clock, in milliseconds. */
  later = 0;
  readonly identifier = new CertificateIdentifier(this, () => Date.now() + this.later);

  findByAuthenticationName(name: string): RegisteredClient | undefined {
    return this.clients.get(name.toLowerCase());
  }

  authorities(): readonly Authority[] {
    return this.registered;
  }

  alternativeNameSources(): readonly NameSource[] {
    return this.sources;
  }

  /** Registers CAs, replacing those before. */
  trust(...authorities: readonly (Made | { made: Made; revocationList: Uint8Array })[]): void {
    this.registered = authorities.map((authority, index) => {
      return "made" in authority
        ? { name: `ca-${index}`, certificate: authority.made.der, revocationList: authority.revocationList }
        : { name: `ca-${index}`, certificate: authority.der };
    });
  }

  register(authenticationName: string, rest: Partial<RegisteredClient> = {}): void {
    this.clients.set(authenticationName.toLowerCase(), {
      authenticationName,
      enabled: true,
      validationScheme: "SubjectMatchesAuthenticationName",
      allowedThumbprints: [],
      ...rest,
    });
  }

  /** What comes of presenting `chain`. */
  present(chain: readonly Uint8Array[], username?: string): Identification | undefined {
    return this.identifier.identify(credentials({ certificates: chain, username }));
  }
}

/** Credentials of a peer on a TLS listener. */
export function credentials(
  given: {
    certificates?: readonly Uint8Array[];
    username?: string | undefined;
    password?: string;
    address?: string;
  },
): Credentials {
  const { certificates = [], username, password, address = "192.0.2.1" } = given;
  return {
    peer: {
      carrier: "tcp",
      address,
      port: 40_000,
      loopback: false,
      tls: { certificates, version: "TLSv1.3", serverName: undefined },
    },
    clientId: "session1",
    username,
    password: password === undefined ? undefined : new TextEncoder().encode(password),
    authenticationMethod: undefined,
    authenticationData: undefined,
  };
}
