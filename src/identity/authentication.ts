import { type AnonymousAccess, mayBeAnonymous } from "./anonymous.ts";
import type { Authenticator, Credentials, Verdict } from "./authenticator.ts";
import type { ClientDirectory, RegisteredUser, UserDirectory } from "./directory.ts";
import {
  type Identification,
  type Identifier,
  type Identity,
  NOT_AUTHORIZED,
  SERVER_UNAVAILABLE,
  UNKNOWN_CLIENT,
} from "./identifier.ts";

/** v5 §3.2.2.2 */
const BAD_AUTHENTICATION_METHOD = 0x8c;

/** A way to prove an identity that needs no time. */
export interface PromptIdentifier extends Identifier {
  identify(credentials: Credentials): Identification | undefined;
}

/** What identities rest on. */
export interface AuthenticationOptions {
  /** All ways to prove an identity, with their limits. */
  readonly proofs: Identifier;
  /** The one of them that can be asked again at any time. */
  readonly certificates: PromptIdentifier;
  readonly clients: ClientDirectory;
  readonly users: Pick<UserDirectory, "findUser">;
  /** From where anybody is taken now. */
  readonly anonymous: () => AnonymousAccess;
  /** Whether clients are served at all (event-grid §1, `topicSpacesConfiguration.state`). */
  readonly enabled: () => boolean;
}

/** Says who comes in: whoever proves an identity, and others from where they are taken without one. */
export class Authentication implements Authenticator {
  readonly #options: AuthenticationOptions;

  constructor(options: AuthenticationOptions) {
    this.#options = options;
  }

  authenticate(credentials: Credentials): Verdict | Promise<Verdict> {
    const { enabled, proofs } = this.#options;
    if (!enabled()) return refused(SERVER_UNAVAILABLE, "MQTT is disabled in the namespace");
    if (credentials.authenticationMethod !== undefined) {
      return refused(BAD_AUTHENTICATION_METHOD, "no authentication method is configured");
    }
    const found = proofs.identify(credentials);
    return found instanceof Promise
      ? found.then((late) => this.#judge(late, credentials))
      : this.#judge(found, credentials);
  }

  reconsider(identity: Identity | undefined, credentials: Credentials): Verdict {
    if (identity === undefined) return this.#asAnonymous(credentials);
    if (identity.kind === "user") return userAgain(identity, this.#options.users);
    const found = this.#options.certificates.identify(credentials);
    if (found?.identified === false) return refused(found.reason, found.cause);
    if (found?.identity.authenticationName === identity.authenticationName) return accepted(found.identity);
    return refused(NOT_AUTHORIZED, UNKNOWN_CLIENT);
  }

  #judge(found: Identification | undefined, credentials: Credentials): Verdict {
    if (found === undefined) return this.#asAnonymous(credentials);
    return found.identified ? accepted(found.identity) : refused(found.reason, found.cause);
  }

  #asAnonymous(credentials: Credentials): Verdict {
    if (mayBeAnonymous(credentials.peer, this.#options.anonymous())) return accepted(undefined);
    return refused(NOT_AUTHORIZED, this.#whyUnproven(credentials));
  }

  /** Nobody is told but the log. */
  #whyUnproven({ username, peer }: Credentials): string {
    if (username) {
      const client = this.#options.clients.findByAuthenticationName(username);
      return client === undefined ? UNKNOWN_CLIENT : "the client presents no certificate";
    }
    const presents = (peer.tls?.certificates.length ?? 0) > 0;
    return presents ? UNKNOWN_CLIENT : "anonymous clients are not taken from here";
  }
}

/** The password itself is not kept, but which hash it was right for is. */
function userAgain(identity: Identity, users: Pick<UserDirectory, "findUser">): Verdict {
  const user: RegisteredUser | undefined = users.findUser(identity.authenticationName);
  if (user === undefined) return refused(NOT_AUTHORIZED, UNKNOWN_CLIENT);
  if (!user.enabled) return refused(NOT_AUTHORIZED, "the user is disabled");
  if (user.passwordHash !== identity.passwordHash) {
    return refused(NOT_AUTHORIZED, "the password was changed");
  }
  return accepted(identity);
}

function accepted(identity: Identity | undefined): Verdict {
  return { accepted: true, identity };
}

function refused(reason: number, cause: string): Verdict {
  return { accepted: false, reason, cause };
}
