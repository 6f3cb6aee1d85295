/** Who may come in over HTTP: the rules for operators, and for callers without an identity. */

import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { isLoopbackAddress, isLoopbackHost, plainAddress } from "../config/loopback.ts";
import { type OperatorProofs, provenOperator } from "./operator_proofs.ts";
import { isOwnOrigin } from "./own_origin.ts";
import { presentsCertificate } from "./peer_certificate.ts";
import { ANONYMOUS, type CallerAddress, type HostPrincipal, OPERATOR, type TokenClients } from "./ports.ts";
import { HttpProblem } from "./problem.ts";
import { provenClient } from "./token_client.ts";

/** From where a client without credentials is taken: from this machine without TLS, from anywhere, or not at all. */
export type AnonymousAccess = "loopback" | "on" | "off";

/** The rules that hold for every caller. */
export interface CallerRules {
  /** Asked for each request, since it changes with the registry. */
  readonly anonymous: () => AnonymousAccess;
  /** Whether the namespace's IP rules let an address in; absent where all may come. Not asked of this machine. */
  readonly isAllowed?: (address: string) => boolean;
  /** Hosts beside this machine whose pages may use the broker: lower-case names without scheme and port. */
  readonly allowedOrigins: readonly string[];
  /** How operators prove who they are; absent where nobody can. */
  readonly proofs?: OperatorProofs;
  /** Who knows the tokens of clients; absent where they are not taken. */
  readonly clients?: TokenClients;
}

/** Who calls, as the socket and the headers say. */
export interface Caller extends CallerAddress {
  /** Whether it came over TLS. */
  readonly secure: boolean;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly authorization: string | undefined;
}

/** Where a connection comes from by the word of a proxy in front of the listener. */
export type Origin = Pick<Caller, "address" | "port">;

const origins = new WeakMap<Duplex, Origin>();

/** Lets the callers on a connection come from where a proxy says. */
export function setOrigin(socket: Duplex, origin: Origin): void {
  origins.set(socket, origin);
}

export function callerOf(request: IncomingMessage): Caller {
  return {
    ...placeOf(request.socket),
    secure: request.socket instanceof TLSSocket,
    host: request.headers.host,
    origin: request.headers.origin,
    authorization: request.headers.authorization,
  };
}

function placeOf(socket: Socket): CallerAddress {
  const origin = origins.get(socket);
  // Behind a proxy nobody is on this machine, whatever it says.
  if (origin !== undefined) return { ...origin, loopback: false };
  const { remoteAddress = "", remotePort = 0 } = socket;
  return {
    address: plainAddress(remoteAddress),
    port: remotePort,
    loopback: isLoopbackAddress(remoteAddress),
  };
}

/**
 * Refuses whoever calls from an address that the namespace does not let in, whatever they want. event-grid:
 * specification §18; this machine is left out, so that nobody can lock the operators of the machine out.
 *
 * @throws {HttpProblem} 403
 */
export function refuseAddress({ address, loopback }: Caller, { isAllowed }: CallerRules): void {
  if (loopback || isAllowed === undefined || isAllowed(address)) return;
  const detail = "Cannot serve callers at this address: the namespace's IP rules do not allow it";
  throw new HttpProblem("address-refused", { detail });
}

/**
 * Takes a caller who wants to publish: an operator who may do everything, from anywhere, a client by its token, or an
 * anonymous caller. event-grid: specification §8.
 *
 * No page can send an `Authorization` header without being allowed to by an answer to its preflight, which nobody gives,
 * so operators and clients may come from any origin with one. Credentials that are wrong are never taken for none.
 *
 * @returns the principal that the message is published as, by its rights
 * @throws {HttpProblem} 401 if the caller must say who they are, 403 if a web page has sent them, or if they may only
 * read; and what {@linkcode provenOperator} and {@linkcode provenClient} throw
 */
export async function admitPublisher(request: IncomingMessage, rules: CallerRules): Promise<HostPrincipal> {
  const caller = callerOf(request);
  const operator = rules.proofs && await provenOperator(rules.proofs, request);
  if (operator?.role === "full") return OPERATOR;
  if (operator !== undefined) {
    throw new HttpProblem("operator-read-only", {
      detail: "Cannot publish as a read-only operator: use the role full",
    });
  }
  if (caller.authorization !== undefined) {
    if (rules.clients === undefined) throw wrongCredentials(rules);
    return await provenClient(rules.clients, caller.authorization, caller);
  }
  if (!mayBeAnonymous(caller, rules)) {
    throw unauthenticated("authentication-required", "Cannot publish without credentials from this address");
  }
  refuseForeignPages(caller, rules);
  return ANONYMOUS;
}

/** Where only operators have any, or nobody. */
function wrongCredentials({ proofs }: CallerRules): HttpProblem {
  return proofs === undefined
    ? unauthenticated("credentials-unsupported", "Cannot check an Authorization header: send none")
    : unauthenticated(
      "credentials-invalid",
      "Cannot publish with these credentials: use the token of an operator",
    );
}

/**
 * Refuses a WebSocket upgrade that a foreign page asks for, where its CONNECT could be anonymous, or that of whoever the
 * browser has a certificate for. A user name with its password is something that a page has to know.
 *
 * @throws {HttpProblem} 403
 */
export function admitUpgrade(request: IncomingMessage, rules: CallerRules): void {
  const caller = callerOf(request);
  if (mayBeAnonymous(caller, rules)) refuseForeignPages(caller, rules);
  if (presentsCertificate(request.socket)) refuseOtherSites(caller, rules);
}

/** Pages of this machine are not taken either: whoever has started them is not the holder of the certificate. */
function refuseOtherSites(caller: Caller, { allowedOrigins }: CallerRules): void {
  if (isOwnOrigin(caller) || isAllowedOrigin(caller.origin, allowedOrigins)) return;
  throw new HttpProblem("origin-refused", {
    detail: "Cannot take a certificate for the page of another site: add its host to the allowed origins",
  });
}

/** Whoever has set up TLS wants to know who comes, from this machine too. */
function mayBeAnonymous({ loopback, secure }: Caller, rules: CallerRules): boolean {
  const access = rules.anonymous();
  return access === "on" || (access === "loopback" && loopback && !secure);
}

/**
 * Any page that a browser on this machine shows can POST to 127.0.0.1 or open a WebSocket there, and a page can
 * have its own host name resolve to 127.0.0.1. `Origin` gives the first away, `Host` the second. From another
 * machine `Host` is whatever name this one has, and says nothing.
 */
function refuseForeignPages(caller: Caller, rules: CallerRules): void {
  const { origin } = caller;
  if (origin !== undefined && !isLoopbackOrigin(origin) && !isAllowedOrigin(origin, rules.allowedOrigins)) {
    throw new HttpProblem("origin-refused", {
      detail: "Cannot serve a page of a foreign origin anonymously: add it to the allowed origins",
    });
  }
  if (caller.loopback && !isLoopbackHost(hostnameOf(caller.host))) {
    throw new HttpProblem("host-refused", {
      detail: "Cannot serve anonymous callers under this host name: use 127.0.0.1, [::1] or localhost",
    });
  }
}

function isLoopbackOrigin(origin: string): boolean {
  return isLoopbackHost(hostOfOrigin(origin));
}

function isAllowedOrigin(origin: string | undefined, allowed: readonly string[]): boolean {
  return allowed.includes(hostOfOrigin(origin ?? ""));
}

/** Empty for "null", the origin of sandboxed frames and local files, which is no URL. */
function hostOfOrigin(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : "";
}

/** The host of a `Host` header without its port; empty if there is none. */
function hostnameOf(host: string | undefined): string {
  return host?.replace(/:\d*$/, "") ?? "";
}

function unauthenticated(
  code: "authentication-required" | "credentials-unsupported" | "credentials-invalid",
  detail: string,
): HttpProblem {
  // RFC 9110 §15.5.2: a 401 names a scheme that would do.
  return new HttpProblem(code, { detail, headers: { "www-authenticate": "Bearer" } });
}
