import { z } from "zod";
import { isText } from "./authentication_name.ts";
import { description, mapping, word } from "./mapping.ts";
import type { Permission } from "./permission_binding.ts";
import { shortName } from "./resource_name.ts";
import { type NamespaceIdentity, namespaceScope, readScope } from "./scope.ts";

/** Azure's roles for MQTT, and what each of them lets a principal do. event-grid: specification §3.3. */
export const permissionsOfRoles = {
  "EventGrid TopicSpaces Publisher": "Publisher",
  "EventGrid TopicSpaces Subscriber": "Subscriber",
} as const satisfies Readonly<Record<string, Permission>>;

export type Role = keyof typeof permissionsOfRoles;

const roles = ["EventGrid TopicSpaces Publisher", "EventGrid TopicSpaces Subscriber"] as const;

/** That a principal of an OIDC issuer may do something in topic spaces. event-grid: specification §3.3. */
export interface RoleAssignmentProperties {
  readonly description?: string | undefined;
  /** What the issuer's tokens call the principal, Entra's in `oid`. */
  readonly principalId: string;
  readonly role: Role;
  /** An ARM identifier, as it was written. */
  readonly scope: string;
}

const PRINCIPAL_EXPECTED = "the identifier of a principal, 1 to 128 characters";

/** What the registry is told of a role assignment. Whether a topic space exists, the registry looks up. */
export function roleAssignmentSchema(identity: NamespaceIdentity) {
  const expected = `the id of a topic space of this namespace, or what is above it: ${
    namespaceScope(identity)
  }`;
  return mapping({
    description,
    principalId: z.string({ error: PRINCIPAL_EXPECTED }).min(1, { error: PRINCIPAL_EXPECTED })
      .max(128, { error: PRINCIPAL_EXPECTED })
      .refine(isText, { error: PRINCIPAL_EXPECTED }),
    role: word(roles),
    scope: z.string({ error: expected }).refine((text) => isScope(text, identity), { error: expected }),
  }, ["provisioningState"]);
}

function isScope(text: string, identity: NamespaceIdentity): boolean {
  const scope = readScope(text, identity);
  return scope !== undefined &&
    (scope.topicSpaceName === undefined || shortName.accepts(scope.topicSpaceName));
}
