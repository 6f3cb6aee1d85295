import { EVERYTHING, type Grant } from "../access/permission_engine.ts";
import {
  ANONYMOUS,
  type CallerAddress,
  type ClientRefusal,
  type HostPrincipal,
  OPERATOR,
  type ProvenClient,
  type TokenClients,
} from "../http/ports.ts";
import type { Credentials, Verdict } from "../identity/authenticator.ts";
import { type Identity, NOT_AUTHORIZED, SERVER_UNAVAILABLE } from "../identity/identifier.ts";
import type { Logger } from "../observe/log.ts";
import type { AccessControl } from "./access_control.ts";

/** What the desk needs of the broker. */
export interface ClientDeskOwner {
  readonly log: Logger;
  /** `undefined` until it is known who may come in. */
  access(): AccessControl | undefined;
}

const encoder = new TextEncoder();

const NOT_GOVERNED = {
  accepted: false,
  reason: SERVER_UNAVAILABLE,
  cause: "the broker is starting",
} as const;
const UNKNOWN_ISSUER = {
  accepted: false,
  reason: NOT_AUTHORIZED,
  cause: "the token is of no issuer that is trusted, or cannot be read",
} as const;

/** A client that has shown a token, with what it is judged by again. */
class TokenClient implements ProvenClient {
  constructor(readonly identity: Identity, readonly credentials: Credentials) {}

  get authenticationName(): string {
    return this.identity.authenticationName;
  }
}

/**
 * Lets clients act that have a token and no connection (event-grid: specification §8). They are judged as those that
 * connect with such a token, by the same identifiers and the same resources, and have the same rights; but they open no
 * session, so they own none and none of theirs is counted.
 */
export class ClientDesk implements TokenClients {
  readonly #owner: ClientDeskOwner;

  constructor(owner: ClientDeskOwner) {
    this.#owner = owner;
  }

  async prove(token: string, from: CallerAddress): Promise<ProvenClient | ClientRefusal> {
    const access = this.#owner.access();
    if (access === undefined) return this.#refused(NOT_GOVERNED, from);
    const authenticationData = encoder.encode(token);
    const authenticationMethod = access.methodOf(authenticationData);
    // Without a method it would be judged as somebody who says nothing, and might be taken for anybody.
    if (authenticationMethod === undefined) return this.#refused(UNKNOWN_ISSUER, from);
    const credentials = { ...withoutSession(from), authenticationMethod, authenticationData };
    const verdict = await access.authenticate(credentials);
    if (!verdict.accepted) return this.#refused(verdict, from);
    const { identity } = verdict;
    return identity === undefined
      ? this.#refused(UNKNOWN_ISSUER, from)
      : new TokenClient(identity, credentials);
  }

  /**
   * Does something with the rights that a publisher has now. What a client has proven took time, and is asked for again
   * in the same turn.
   *
   * @returns why nothing was done, if nothing was
   */
  withRightsOf(principal: HostPrincipal, act: (grant: Grant) => void): ClientRefusal | undefined {
    const access = this.#owner.access();
    if (access === undefined) return { reason: "unavailable" };
    if (principal === OPERATOR) return void act(EVERYTHING);
    if (principal === ANONYMOUS) return void act(access.anybody);
    const { identity, credentials } = own(principal);
    const verdict = access.confirm({ accepted: true, identity }, credentials);
    if (!verdict.accepted) return this.#refused(verdict, credentials.peer);
    access.withRightsOf(identity, act);
    return undefined;
  }

  #refused(
    { reason, cause }: Extract<Verdict, { accepted: false }>,
    { address }: Pick<CallerAddress, "address">,
  ): ClientRefusal {
    this.#owner.log.warn("publisher refused", { event: "publish_refused", address, reason: cause });
    // What cannot be said now is for the log alone: it tells of servers that the broker asks.
    return reason === SERVER_UNAVAILABLE ? { reason: "unavailable" } : { reason: "unproven", detail: cause };
  }
}

function own(client: ProvenClient): TokenClient {
  if (client instanceof TokenClient) return client;
  throw new TypeError("Cannot give a client rights: it was not proven by prove()");
}

/** What somebody says of itself that only has a token. */
function withoutSession({ address, port, loopback }: CallerAddress): Credentials {
  return {
    // It came over TCP; the rest of what stands here a client says in CONNECT.
    peer: { carrier: "tcp", address, port, loopback },
    clientId: "",
    username: undefined,
    password: undefined,
    authenticationMethod: undefined,
    authenticationData: undefined,
  };
}
