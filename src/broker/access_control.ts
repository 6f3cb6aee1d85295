import type { Admission, Core, CoreSession } from "../../wasm/mod.ts";
import type { AnonymousAccess } from "../access/anonymous.ts";
import type { ReadonlyDirectory, ResourceChange } from "../access/directory.ts";
import { GrantTable, type Holder } from "../access/grants.ts";
import { impactOf } from "../access/impact.ts";
import { changesIpRules, type ComingFrom, IpRules } from "../access/ip_rules.ts";
import { EVERYTHING, type Grant } from "../access/permission_engine.ts";
import { ownerOf, type Principal } from "../access/principal.ts";
import { principalText, readPrincipal } from "../access/principal_text.ts";
import { sessionLimits } from "../access/session_limits.ts";
import type { Authenticator, Credentials, Verdict } from "../identity/authenticator.ts";
import type { Identity, Waiter } from "../identity/identifier.ts";
import type { Logger } from "../observe/log.ts";
import { Background } from "./background.ts";
import { type ConnectedClient, ConnectedClients } from "./connected_clients.ts";
import { ExpiryWatch } from "./expiry_watch.ts";

/** By what clients come in and what they may do. */
export interface AccessRules {
  readonly resources: ReadonlyDirectory;
  readonly authenticator: Authenticator;
  /** From where anonymous clients are taken now. */
  readonly anonymous: () => AnonymousAccess;
}

/** What access control needs of the broker. */
export interface AccessControlOwner {
  readonly core: Pick<Core, "setPermissions" | "regrant" | "disconnect">;
  readonly log: Logger;
  /** The clock that the core is given, in milliseconds. */
  now(): number;
  /** Calls in a turn to come, once sockets have been looked at, and carries out what comes of it. */
  inTurn(call: () => void): void;
}

/** A client that is let in, until the core has said whether it has a session. */
export interface Admitted {
  readonly admission: Admission;
  readonly holder: Holder;
  readonly identity: Identity | undefined;
}

/** v5 §3.14.2.1 */
const NOT_AUTHORIZED = 0x87;
/** event-grid: specification §18, 0x87 and `IpForbidden`. */
const FORBIDDEN_ADDRESS: Verdict = {
  accepted: false,
  reason: NOT_AUTHORIZED,
  cause: "the IP rules of the namespace do not allow the address",
};
const ANOTHER_IDENTITY = {
  accepted: false,
  reason: NOT_AUTHORIZED,
  cause: "the client would be somebody else",
} as const;
const ANONYMOUS: Principal = { kind: "anonymous" };

/**
 * Keeps what every session may do, online and offline, and who is connected by which proof, in step with the
 * resources. It calls the core: what the core says during a call of its own has to be told after that call.
 */
export class AccessControl {
  readonly #rules: AccessRules;
  readonly #owner: AccessControlOwner;
  readonly #grants: GrantTable;
  readonly #addresses: IpRules;
  readonly #clients = new ConnectedClients();
  readonly #expiry: ExpiryWatch;
  readonly #background: Background;
  /** What anybody may do over HTTP. */
  readonly #anybody: Holder;
  #anonymous: AnonymousAccess;

  constructor(rules: AccessRules, owner: AccessControlOwner) {
    const { core, now } = { core: owner.core, now: () => owner.now() };
    this.#rules = rules;
    this.#owner = owner;
    this.#addresses = new IpRules(rules.resources);
    this.#grants = new GrantTable({
      resources: rules.resources,
      anonymous: rules.anonymous,
      engine: {
        setPermissions: (set, publish, subscribe) => core.setPermissions(set, publish, subscribe, now()),
        regrant: (session, { set, values }) => core.regrant(session, set, values, now()),
      },
    });
    this.#anonymous = rules.anonymous();
    this.#anybody = this.#grants.hold(ANONYMOUS);
    this.#background = new Background({ inTurn: (call) => owner.inTurn(call) });
    this.#expiry = new ExpiryWatch(() => this.#onExpiry());
  }

  /** What an anonymous caller of the host may do. */
  get anybody(): Grant {
    return this.#anybody.grant;
  }

  /** Whether anybody may come from there. */
  allows(peer: ComingFrom): boolean {
    return this.#addresses.allow(peer);
  }

  authenticate(credentials: Credentials, waiter?: Waiter): Verdict | Promise<Verdict> {
    if (!this.allows(credentials.peer)) return FORBIDDEN_ADDRESS;
    return this.#rules.authenticator.authenticate(credentials, waiter);
  }

  /** The authentication method for a token that comes without one. */
  methodOf(token: Uint8Array): string | undefined {
    return this.#rules.authenticator.methodOf(token);
  }

  /** What holds of a verdict that was waited for: the registry may have changed meanwhile. */
  confirm(verdict: Verdict, credentials: Credentials): Verdict {
    if (!verdict.accepted) return verdict;
    if (!this.allows(credentials.peer)) return FORBIDDEN_ADDRESS;
    return this.#rules.authenticator.confirm(verdict.identity, credentials);
  }

  /**
   * Gives a client its rights. The core is asked to accept it in the same turn, and the outcome told by
   * {@linkcode connected} or {@linkcode notConnected}.
   */
  admit(identity: Identity | undefined): Admitted {
    const principal = principalOf(identity);
    const holder = this.#grants.hold(principal);
    const admission = {
      ...holder.grant,
      owner: ownerOf(principal),
      principal: principalText(principal),
      ...sessionLimits(principal, this.#rules.resources),
    };
    return { admission, holder, identity };
  }

  /** Does something with the rights that a client has now, for as long as it takes: it has no session to keep them. */
  withRightsOf(identity: Identity, act: (grant: Grant) => void): void {
    const holder = this.#grants.hold(principalOf(identity));
    try {
      act(holder.grant);
    } finally {
      this.#grants.release(holder);
    }
  }

  /** The user name that a connected client came with. */
  usernameOf(session: string): string | undefined {
    return this.#clients.of(session)?.credentials.username;
  }

  /**
   * Gives a client that renews its identity the rights of the new one, or says why it cannot. The old one holds until
   * {@linkcode connected} is told. To be somebody else it has to connect anew. v5 §4.12.1
   */
  renew(session: string, verdict: Verdict): Admitted | Extract<Verdict, { accepted: false }> {
    if (!verdict.accepted) return verdict;
    const before = this.#grants.holderOf(session)?.principal;
    const isSame = before !== undefined && ownerOf(before) === ownerOf(principalOf(verdict.identity));
    return isSame ? this.admit(verdict.identity) : ANOTHER_IDENTITY;
  }

  /** The core has given a session other rights, and it has no connection any more. */
  regranted(session: string, { holder }: Admitted): void {
    this.#grants.attach(holder, session);
  }

  /** The core has given an admitted client a session, or one that renews its identity other rights. */
  connected(session: string, { holder, identity }: Admitted, credentials: Credentials): void {
    this.#grants.attach(holder, session);
    this.#clients.add({
      session,
      principal: holder.principal,
      identity,
      credentials: withoutSecrets(credentials),
    });
    this.#expiry.await(identity?.expiresAt);
  }

  /** The core has refused an admitted client after all, or it was gone. */
  notConnected({ holder }: Admitted): void {
    this.#grants.release(holder);
  }

  /** A session has no connection any more. */
  disconnected(session: string): void {
    this.#clients.remove(session);
  }

  /** A session has ended. */
  ended(session: string): void {
    const holder = this.#grants.holderOf(session);
    if (holder !== undefined) this.#grants.release(holder);
  }

  /** Gives a session that the store has kept the rights that its principal has now. */
  restore({ clientId, principal }: Pick<CoreSession, "clientId" | "principal">): void {
    const holder = this.#grants.hold(readPrincipal(principal));
    const { set, values } = holder.grant;
    // It is what every session has after a recovery.
    if (set !== EVERYTHING.set) this.#owner.core.regrant(clientId, set, values, this.#owner.now());
    this.#grants.attach(holder, clientId);
  }

  /**
   * Puts changes of the resources into force: at once for a few sessions, and for many in turns to come. In the turn in
   * which the resources have changed, and not before the changes before are in force.
   *
   * @returns when they are in force for everybody
   */
  apply(changes: readonly ResourceChange[]): Promise<void> {
    return this.#background.run(this.#putIntoForce(changes));
  }

  *#putIntoForce(changes: readonly ResourceChange[]): Generator<void> {
    yield* this.#grants.apply(changes);
    const access = this.#rules.anonymous();
    const anonymousChanged = access !== this.#anonymous;
    this.#anonymous = access;
    const impact = impactOf(changes, this.#rules.resources);
    yield* this.#reconsiderAll(this.#clients.touchedBy(impact, anonymousChanged));
    if (changes.some(changesIpRules)) yield* this.#reconsiderAll(this.#forbidden());
  }

  /** Who comes from where nobody may come any more. */
  *#forbidden(): Iterable<ConnectedClient | undefined> {
    for (const client of this.#clients.all()) {
      yield this.allows(client.credentials.peer) ? undefined : client;
    }
  }

  *#reconsiderAll(clients: Iterable<ConnectedClient | undefined>): Generator<void> {
    for (const client of clients) {
      if (client !== undefined) this.#reconsider(client);
      yield;
    }
  }

  stop(): void {
    this.#expiry.stop();
    this.#background.stop();
  }

  #onExpiry(): void {
    const due = Date.now();
    const expiring = [...this.#clients.all()].filter(({ identity }) => identity?.expiresAt !== undefined);
    const isDue = ({ identity }: ConnectedClient) => (identity?.expiresAt ?? Infinity) <= due;
    for (const { identity } of expiring.filter((client) => !isDue(client))) {
      this.#expiry.await(identity?.expiresAt);
    }
    this.#owner.inTurn(() => void this.#background.run(this.#reconsiderAll(expiring.filter(isDue))));
  }

  /** Ends a connection whose client does not prove any more who it is. event-grid: specification §3.7. */
  #reconsider(client: ConnectedClient): void {
    if (!this.#clients.has(client)) return;
    const { session, identity, credentials } = client;
    const verdict = this.allows(credentials.peer)
      ? this.#rules.authenticator.reconsider(identity, credentials)
      : FORBIDDEN_ADDRESS;
    if (verdict.accepted) {
      client.identity = verdict.identity;
      this.#expiry.await(verdict.identity?.expiresAt);
      return;
    }
    this.#owner.log.warn("client no longer proves who it is", {
      event: "authentication_ended",
      clientId: session,
      address: credentials.peer.address,
      reason: verdict.cause,
    });
    this.#clients.remove(session);
    this.#owner.core.disconnect(session, NOT_AUTHORIZED, this.#owner.now());
  }
}

function principalOf(identity: Identity | undefined): Principal {
  if (identity === undefined) return ANONYMOUS;
  const { kind, authenticationName, attributes = {}, issuer = "" } = identity;
  if (kind === "external") return { kind, authenticationName, attributes };
  return kind === "oidc" ? { kind, issuer, authenticationName } : { kind, authenticationName };
}

/** What is kept for as long as a client is connected. */
function withoutSecrets({ peer, clientId, username }: Credentials): Credentials {
  return {
    peer,
    clientId,
    username,
    password: undefined,
    authenticationMethod: undefined,
    authenticationData: undefined,
  };
}
