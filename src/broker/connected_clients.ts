import { type Evidence, type Impact, touchesAuthentication } from "../access/impact.ts";
import { type Principal, principalKey } from "../access/principal.ts";
import { textKey } from "../config/text_key.ts";
import type { Credentials } from "../identity/authenticator.ts";
import type { Identity } from "../identity/identifier.ts";

/** A client that is connected, with what it was taken in for. */
export interface ConnectedClient {
  readonly session: string;
  readonly principal: Principal;
  /** `undefined` for an anonymous client. Another one once it was looked at again. */
  identity: Identity | undefined;
  /** Without what is secret: its certificate stays with the link, its password nowhere. */
  readonly credentials: Credentials;
}

/** The names of what `alternativeAuthenticationNameSources` may hold begin so; `UserName` does not. */
const CERTIFICATE_SOURCE = "ClientCertificate";

/** The clients that are connected, found by what their identity rests on. */
export class ConnectedClients {
  readonly #bySession = new Map<string, ConnectedClient>();
  readonly #byPrincipal = new Map<string, Set<ConnectedClient>>();

  add(client: ConnectedClient): void {
    this.remove(client.session);
    this.#bySession.set(textKey(client.session), client);
    const key = principalKey(client.principal);
    const sharers = this.#byPrincipal.get(key) ?? new Set();
    this.#byPrincipal.set(key, sharers.add(client));
  }

  remove(session: string): void {
    const client = this.#bySession.get(textKey(session));
    if (client === undefined) return;
    this.#bySession.delete(textKey(session));
    const sharers = this.#byPrincipal.get(principalKey(client.principal));
    sharers?.delete(client);
    if (sharers?.size === 0) this.#byPrincipal.delete(principalKey(client.principal));
  }

  /** The connection that a session has. */
  of(session: string): ConnectedClient | undefined {
    return this.#bySession.get(textKey(session));
  }

  /** Whether it is still this very connection that the session has. */
  has(client: ConnectedClient): boolean {
    return this.#bySession.get(textKey(client.session)) === client;
  }

  /** Everyone who is connected. */
  all(): Iterable<ConnectedClient> {
    return this.#bySession.values();
  }

  /** Looks for those who have to prove again who they are after a change: one after the other, or `undefined`. */
  *touchedBy(impact: Impact, anonymousChanged: boolean): Iterable<ConnectedClient | undefined> {
    const { principals, certificateAuthorities, nameSources, ways } = impact.authentication;
    const keys = anonymousChanged ? [...principals, "anonymous"] : principals;
    for (const key of keys) yield* this.#byPrincipal.get(key) ?? [];
    if (certificateAuthorities.size === 0 && ways.size === 0 && !nameSources) return;
    for (const client of this.#bySession.values()) {
      const { identity } = client;
      const isTouched = identity !== undefined && touchesAuthentication(impact, evidenceOf(client, identity));
      yield isTouched ? client : undefined;
    }
  }
}

function evidenceOf({ principal }: ConnectedClient, { authorities, source, voucher }: Identity): Evidence {
  return {
    principal,
    certificateAuthorities: authorities,
    namedByCertificate: source.startsWith(CERTIFICATE_SOURCE),
    way: voucher?.way,
  };
}
