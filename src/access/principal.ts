import type { Attributes } from "./attributes.ts";
import { foldName } from "./authentication_name.ts";
import type { ReadonlyDirectory } from "./directory.ts";
import { principalIdKey } from "./principal_id.ts";
import type { Subject } from "./query/evaluate.ts";

/**
 * Who a session belongs to, as authentication has found it out.
 *
 * - `client`, `user`: what they may do follows their entry in the registry, also while the session is offline
 * - `external`: somebody else vouches for them (a custom token, a webhook); their attributes came with that
 * - `oidc`: a principal of an OIDC issuer; what they may do, role assignments say, and bindings do not
 * - `anonymous`: nobody knows them
 */
export type Principal =
  | { readonly kind: "client"; readonly authenticationName: string }
  | { readonly kind: "user"; readonly authenticationName: string }
  | { readonly kind: "external"; readonly authenticationName: string; readonly attributes: Attributes }
  | { readonly kind: "oidc"; readonly issuer: string; readonly authenticationName: string }
  | { readonly kind: "anonymous" };

/** Equal for principals that the same changes of the registry touch. */
export function principalKey(principal: Principal): string {
  switch (principal.kind) {
    case "client":
    case "user":
    case "external":
      return `${principal.kind} ${foldName(principal.authenticationName)}`;
    case "oidc":
      return oidcKey(principal.authenticationName);
    case "anonymous":
      return "anonymous";
  }
}

/** The key of a principal of an OIDC issuer. */
export function oidcKey(principalId: string): string {
  return `oidc ${principalIdKey(principalId)}`;
}

/**
 * Who owns the principal's sessions: equal for two principals exactly if they may take over each other's.
 *
 * event-grid: specification §2.3. A client and a user of one name are two ways in for one owner; anonymous clients own
 * their sessions together. Names that an OIDC issuer gives are not ours: its principals own nothing of a client that has
 * the same name, nor of another issuer's principal. A folded name never holds capitals, so no two owners are mixed up.
 */
export function ownerOf(principal: Principal): string {
  if (principal.kind === "anonymous") return "";
  const { kind, authenticationName } = principal;
  if (kind !== "oidc") return foldName(authenticationName);
  return `OIDC ${JSON.stringify([principal.issuer, principalIdKey(authenticationName)])}`;
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
    case "oidc":
      return { authenticationName: principal.authenticationName, attributes: {} };
    case "anonymous":
      return undefined;
  }
}
