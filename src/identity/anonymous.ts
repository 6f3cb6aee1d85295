import type { Peer } from "../transport/listener.ts";

/** From where clients without an identity are taken. */
export type AnonymousAccess = "loopback" | "on" | "off";

/**
 * Whether a client from there may come in without an identity. Whoever has set up TLS wants to know who comes, from
 * this machine too.
 */
export function mayBeAnonymous({ loopback, tls }: Peer, access: AnonymousAccess): boolean {
  return access === "on" || (access === "loopback" && loopback && tls === undefined);
}
