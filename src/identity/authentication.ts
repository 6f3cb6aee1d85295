import { type AnonymousAccess, mayBeAnonymous } from "./anonymous.ts";
import type { Authenticator, Credentials, Verdict } from "./authenticator.ts";
import type { ClientDirectory, RegisteredUser, UserDirectory } from "./directory.ts";
import {
  type AskedIdentifier,
  type Identification,
  type Identifier,
  type Identity,
  NOT_AUTHORIZED,
  SERVER_UNAVAILABLE,
  type TokenIdentifier,
  UNKNOWN_CLIENT,
  type Voucher,
  type Waiter,
} from "./identifier.ts";

/** v5 §3.2.2.2 */
const BAD_AUTHENTICATION_METHOD = 0x8c;
const DISABLED: Verdict = {
  accepted: false,
  reason: SERVER_UNAVAILABLE,
  cause: "MQTT is disabled in the namespace",
};

/** A way to prove an identity that needs no time. */
export interface PromptIdentifier extends Identifier {
  identify(credentials: Credentials): Identification | undefined;
}

/** The ways to prove an identity by somebody else's word. */
export interface VouchedIdentifiers {
  /** By a token, each with its authentication method. */
  readonly tokens: readonly TokenIdentifier[];
  /** By a service that is asked about whoever proves nothing otherwise. */
  readonly webhook: AskedIdentifier;
}

/** What identities rest on. */
export interface AuthenticationOptions {
  /** All ways to prove an identity, with their limits. */
  readonly proofs: Identifier;
  /** The one of them that can be asked again at any time. */
  readonly certificates: PromptIdentifier;
  readonly vouched: VouchedIdentifiers;
  readonly clients: ClientDirectory;
  readonly users: Pick<UserDirectory, "findUser">;
  /** From where anybody is taken now. */
  readonly anonymous: () => AnonymousAccess;
  /** Whether clients are served at all (event-grid §1, `topicSpacesConfiguration.state`). */
  readonly enabled: () => boolean;
  /** The wall clock, in milliseconds since 1970. */
  readonly now?: () => number;
}

/**
 * Says who comes in: whoever proves an identity, and others from where they are taken without one.
 *
 * event-grid: specification §3 proposes the order. An authentication method decides by what a client is known, and
 * methods that nobody else has go to the webhook. Without one it is certificate, then password; where neither proves
 * anything the webhook is asked, but for whoever says nothing at all and is taken for anonymous. The password of a name
 * that no user has is left to the webhook where there is one: hashing it in vain would let few of its clients in at a
 * time, and count them as failures.
 */
export class Authentication implements Authenticator {
  readonly #options: AuthenticationOptions;

  constructor(options: AuthenticationOptions) {
    this.#options = options;
  }

  methodOf(token: Uint8Array): string | undefined {
    return this.#options.vouched.tokens.find((identifier) => identifier.isOfIssuer(token))?.way;
  }

  authenticate(credentials: Credentials, waiter?: Waiter): Verdict | Promise<Verdict> {
    const { enabled, proofs, certificates } = this.#options;
    if (!enabled()) return DISABLED;
    if (credentials.authenticationMethod !== undefined) return this.#byMethod(credentials, waiter);
    const way = this.#isOfWebhook(credentials) ? certificates : proofs;
    const found = way.identify(credentials, waiter);
    return whenThere(found, (proof) => this.#byProof(proof, credentials, waiter));
  }

  /** event-grid: a namespace that is disabled lets nobody in, and renews nobody; whoever is in stays. */
  confirm(identity: Identity | undefined, credentials: Credentials): Verdict {
    return this.#options.enabled() ? this.reconsider(identity, credentials) : DISABLED;
  }

  reconsider(identity: Identity | undefined, credentials: Credentials): Verdict {
    if (identity === undefined) return this.#asAnonymous(credentials);
    if (identity.voucher !== undefined) return this.#vouchedAgain(identity, identity.voucher);
    if (identity.kind === "user") return userAgain(identity, this.#options.users);
    const found = this.#options.certificates.identify(credentials);
    if (found?.identified === false) return refused(found.reason, found.cause);
    if (found?.identity.authenticationName === identity.authenticationName) return accepted(found.identity);
    return refused(NOT_AUTHORIZED, UNKNOWN_CLIENT);
  }

  #byMethod(credentials: Credentials, waiter: Waiter | undefined): Verdict | Promise<Verdict> {
    const { tokens, webhook } = this.#options.vouched;
    for (const identifier of [...tokens, webhook]) {
      const found = identifier.identify(credentials, waiter);
      if (found !== undefined) return whenThere(found, (late) => this.#judge(late, credentials));
    }
    return refused(BAD_AUTHENTICATION_METHOD, "no such authentication method is configured");
  }

  /** What could not be looked at is not asked of anybody else; what was refused for want of proof is. */
  #byProof(
    found: Identification | undefined,
    credentials: Credentials,
    waiter: Waiter | undefined,
  ): Verdict | Promise<Verdict> {
    const isDecided = found?.identified === true || found?.reason === SERVER_UNAVAILABLE;
    if (isDecided || (found === undefined && this.#isAnonymous(credentials))) {
      return this.#judge(found, credentials);
    }
    const asked = this.#options.vouched.webhook.identify(credentials, waiter);
    if (asked === undefined) return this.#judge(found, credentials);
    return whenThere(asked, (late) => this.#judge(withCauses(found, late), credentials));
  }

  /** Whether no password of ours can be right. */
  #isOfWebhook({ username }: Credentials): boolean {
    const { vouched: { webhook }, users } = this.#options;
    return Boolean(username) && webhook.isAsked() && users.findUser(username ?? "") === undefined;
  }

  /** Whether somebody says nothing of itself, where that is enough. */
  #isAnonymous({ peer, username, password }: Credentials): boolean {
    const isBare = username === undefined && password === undefined && !peer.tls?.certificates.length;
    return isBare && mayBeAnonymous(peer, this.#options.anonymous());
  }

  #judge(found: Identification | undefined, credentials: Credentials): Verdict {
    if (found === undefined) return this.#asAnonymous(credentials);
    if (!found.identified) return refused(found.reason, found.cause);
    return this.#unlessDisabled(found.identity);
  }

  /** What was vouched for is not kept, but on what the word rests is. */
  #vouchedAgain(identity: Identity, voucher: Voucher): Verdict {
    const { vouched: { tokens, webhook }, now = Date.now } = this.#options;
    if (identity.expiresAt !== undefined && identity.expiresAt <= now()) {
      return refused(NOT_AUTHORIZED, "what the client was let in for has expired");
    }
    const identifier = [...tokens, webhook].find(({ way }) => way === voucher.way);
    const cause = identifier === undefined ? "nobody vouches so any more" : identifier.withdrawn(voucher);
    return cause === undefined ? this.#unlessDisabled(identity) : refused(NOT_AUTHORIZED, cause);
  }

  /** Whoever is registered and disabled, as client or as user, does not come in by its name on others' word either. */
  #unlessDisabled(identity: Identity): Verdict {
    if (identity.kind !== "external") return accepted(identity);
    const { clients, users } = this.#options;
    const { authenticationName: name } = identity;
    if (clients.findByAuthenticationName(name)?.enabled === false) {
      return refused(NOT_AUTHORIZED, "the client is disabled");
    }
    return users.findUser(name)?.enabled === false
      ? refused(NOT_AUTHORIZED, "the user is disabled")
      : accepted(identity);
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

/** For the log: why nothing was proven before somebody else was asked, and what that one said. */
function withCauses(
  before: Identification | undefined,
  late: Identification | undefined,
): Identification | undefined {
  if (late?.identified !== false || before?.identified !== false) return late;
  return { ...late, cause: `${before.cause}; ${late.cause}` };
}

/** Goes on at once with what is there at once. */
function whenThere<Found, Result>(
  found: Found | Promise<Found>,
  next: (found: Found) => Result | Promise<Result>,
): Result | Promise<Result> {
  return found instanceof Promise ? found.then(next) : next(found);
}

function accepted(identity: Identity | undefined): Verdict {
  return { accepted: true, identity };
}

function refused(reason: number, cause: string): Verdict {
  return { accepted: false, reason, cause };
}
