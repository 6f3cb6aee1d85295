import { type Authenticator, type Credentials, EVERYTHING, type Verdict } from "../authenticator.ts";

/** From where clients without an identity are taken. */
export type AnonymousAccess = "loopback" | "on" | "off";

const NOT_AUTHORIZED = 0x87;
const BAD_AUTHENTICATION_METHOD = 0x8c;

/** Takes clients by where they come from. User name and password are not looked at, since nobody has set any. */
export class AnonymousAuthenticator implements Authenticator {
  readonly #access: AnonymousAccess;

  constructor(access: AnonymousAccess) {
    this.#access = access;
  }

  authenticate({ peer, authenticationMethod }: Credentials): Verdict {
    if (authenticationMethod !== undefined) {
      return {
        accepted: false,
        reason: BAD_AUTHENTICATION_METHOD,
        cause: "no authentication method is configured",
      };
    }
    // Whoever set up TLS wants to know who comes, from this machine too.
    const isLocal = peer.loopback && peer.tls === undefined;
    if (this.#access === "on" || (this.#access === "loopback" && isLocal)) {
      return { accepted: true, grants: EVERYTHING };
    }
    return { accepted: false, reason: NOT_AUTHORIZED, cause: "anonymous clients are not taken from here" };
  }
}
