/** Descriptors that are kept for files, listeners and connections that are being refused. */
const RESERVE = 256;

/** Of the descriptors that there are, at most this part is for handshakes. */
const HANDSHAKES_PART = 1 / 8;

/**
 * How many connections there may be: `wanted`, but fewer than the process has descriptors. At the limit every
 * accept fails and parts of the runtime stop for good, so it is never reached.
 *
 * @param handshakes descriptors that are kept for TLS handshakes under way, which are no connections yet
 */
export function connectionsWithin(wanted: number, handshakes = 0): number {
  const limit = descriptorLimit();
  return limit === undefined ? wanted : Math.max(1, Math.min(wanted, limit - RESERVE - handshakes));
}

/** How many TLS handshakes may be under way: `wanted`, but no more than a part of the descriptors. */
export function handshakesWithin(wanted: number): number {
  const limit = descriptorLimit();
  return limit === undefined ? wanted : Math.max(1, Math.min(wanted, Math.floor(limit * HANDSHAKES_PART)));
}

/** The soft limit of open files; `undefined` where the system does not tell (only Linux does, in a file). */
function descriptorLimit(): number | undefined {
  try {
    const limits = Deno.readTextFileSync("/proc/self/limits");
    const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
