import { type Identification, notAuthorized, unavailable } from "./identifier.ts";
import type { Attempt } from "./rate_limit.ts";

/** What a client is told that has no attempt left: to come back, where it and others have merely not failed yet. */
export function attemptRefusal(attempt: Exclude<Attempt, "taken">): Identification {
  return attempt === "busy"
    ? unavailable("too many attempts from this address are under way")
    : notAuthorized("there were too many failed attempts from this address");
}
