import { isControlled } from "./anonymous.ts";
import type { ReadonlyDirectory } from "./directory.ts";
import { INITIAL_ETAG } from "./namespace.ts";
import type { Principal } from "./principal.ts";

/** Bounds of the sessions of one owner. event-grid: specification §2.3, §2.4. */
export interface SessionLimits {
  /** Offline ones included; 0: no limit. */
  readonly sessionsMax: number;
  /** The longest that a session may outlive its connection. */
  readonly expirySecondsMax: number;
}

/** The largest Session Expiry Interval that a CONNECT can ask for (v5 §3.1.2.11.2); the broker's own limit holds. */
const EXPIRY_SECONDS_MAX = 0xffff_ffff;
const SECONDS_PER_HOUR = 3600;

/**
 * What the namespace allows now. Its bounds, the presets too, hold as soon as there is any access control (DESIGN §1)
 * or somebody has said what the namespace is; anonymous clients are nobody's sessions, so nobody's number of them is
 * bounded.
 */
export function sessionLimits({ kind }: Principal, resources: ReadonlyDirectory): SessionLimits {
  const [namespace] = resources.all("namespace");
  const holds = namespace !== undefined && (namespace.etag !== INITIAL_ETAG || isControlled(resources));
  if (!holds) return { sessionsMax: 0, expirySecondsMax: EXPIRY_SECONDS_MAX };
  const { maximumClientSessionsPerAuthenticationName, maximumSessionExpiryInHours } =
    namespace.properties.topicSpacesConfiguration;
  return {
    sessionsMax: kind === "anonymous" ? 0 : maximumClientSessionsPerAuthenticationName,
    expirySecondsMax: maximumSessionExpiryInHours * SECONDS_PER_HOUR,
  };
}
