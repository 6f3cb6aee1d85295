import type { IncomingHttpHeaders } from "node:http";

/**
 * Whether a request over TLS may come from a page of this very listener, or from a program, which says nothing of where
 * it comes from. A browser shows a certificate for whatever page asks, unlike a token, which a page has to know.
 */
export function isOwnOrigin({ origin, host }: Pick<IncomingHttpHeaders, "origin" | "host">): boolean {
  return origin === undefined || origin.toLowerCase() === `https://${host?.toLowerCase()}`;
}
