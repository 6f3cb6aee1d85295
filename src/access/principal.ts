import type { Attributes } from "./attributes.ts";
import { foldName } from "./authentication_name.ts";
import type { ReadonlyDirectory } from "./directory.ts";
import type { Subject } from "./query/evaluate.ts";

/**
 * Who a session belongs to, as authentication has found it out.
 *
 * - `client`, `user`: what they may do follows their entry in the registry, also while the session is offline
 * - `external`: somebody else vouches for them (a token, a webhook); their attributes came with that
 * - `anonymous`: nobody knows them
 */
export type Principal =
  | { readonly kind: "client"; readonly authenticationName: string }
  | { readonly kind: "user"; readonly authenticationName: string }
  | { readonly kind: "external"; readonly authenticationName: string; readonly attributes: Attributes }
  | { readonly kind: "anonymous" };

/** Equal for principals that the same changes of the registry touch; `undefined` if none touches them. */
export function principalKey(principal: Principal): string | undefined {
  switch (principal.kind) {
    case "client":
    case "user":
      return `${principal.kind} ${foldName(principal.authenticationName)}`;
    case "anonymous":
      return "anonymous";
    case "external":
      return undefined;
  }
}

/**
 * Who owns the principal's sessions: equal for two principals exactly if they may take over each other's.
 *
 * event-grid: specification §2.3. A client and a user of one name are two ways in for one owner; anonymous clients own
 * their sessions together.
 */
export function ownerOf(principal: Principal): string {
  return principal.kind === "anonymous" ? "" : foldName(principal.authenticationName);
}

/** What queries and templates know of a principal; nothing if it is anonymous, or its entry is disabled or gone. */
export function subjectOf(principal: Principal, resources: ReadonlyDirectory): Subject | undefined {
  switch (principal.kind) {
    case "client": {
      const client = resources.clientByAuthenticationName(principal.authenticationName)?.properties;
      return client?.state === "Enabled" ? client : undefined;
    }
    case "user": {
      const user = resources.get("users", principal.authenticationName);
      return user?.properties.state === "Enabled"
        ? { authenticationName: user.name, attributes: user.properties.attributes }
        : undefined;
    }
    case "external":
      return principal;
    case "anonymous":
      return undefined;
  }
}
