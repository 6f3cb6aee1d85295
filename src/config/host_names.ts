import type { Config } from "./schema.ts";

/** Every name that clients know the broker by; each may be the audience of a token. event-grid: specification §18. */
export function hostNames({ hostname, tls }: Pick<Config, "hostname" | "tls">): readonly string[] {
  return [...new Set([hostname.toLowerCase(), ...tls.domains.map(({ host }) => host)])];
}
