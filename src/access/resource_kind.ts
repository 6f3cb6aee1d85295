import type { z } from "zod";
import {
  type CaCertificateInput,
  caCertificateSchema,
  type CertificateInspector,
  completeCaCertificate,
} from "./ca_certificate.ts";
import { type ClientInput, clientSchema, completeClient } from "./client.ts";
import { type ClientGroupProperties, clientGroupSchema } from "./client_group.ts";
import type { ResourceFault } from "./fault.ts";
import type { AccessLimits } from "./limits.ts";
import {
  completeNamespace,
  type NamespaceProperties,
  namespaceSchema,
  type VoucherInspectors,
} from "./namespace.ts";
import { type PermissionBindingProperties, permissionBindingSchema } from "./permission_binding.ts";
import type { PropertiesOf, ResourceType } from "./resource.ts";
import { type RoleAssignmentProperties, roleAssignmentSchema } from "./role_assignment.ts";
import type { NamespaceIdentity } from "./scope.ts";
import { type TopicSpaceProperties, topicSpaceSchema } from "./topic_space.ts";
import { completeUser, type PasswordHasher, type UserInput, userSchema } from "./user.ts";

/** What each type's body says once it is read, before it is complete. */
interface InputOf {
  readonly namespace: NamespaceProperties;
  readonly caCertificates: CaCertificateInput;
  readonly clientGroups: ClientGroupProperties;
  readonly topicSpaces: TopicSpaceProperties;
  readonly clients: ClientInput;
  readonly users: UserInput;
  readonly permissionBindings: PermissionBindingProperties;
  readonly roleAssignments: RoleAssignmentProperties;
}

/** What is the same for all resources of a type. */
export interface ResourceKind<Type extends ResourceType> {
  readonly countMax: number;
  /** Reads the `properties` of a body. The OpenAPI document is made from it as well. */
  readonly schema: z.ZodType<InputOf[Type]>;
  /** Makes what was read into what is kept. */
  complete(draft: Draft<Type>): Promise<PropertiesOf[Type] | ResourceFault>;
}

/** A resource that is about to be made or changed. */
export interface Draft<Type extends ResourceType> {
  readonly name: string;
  readonly input: InputOf[Type];
  /** What the resource says now, if it is there. */
  readonly before: PropertiesOf[Type] | undefined;
}

export type ResourceKinds = { readonly [Type in ResourceType]: ResourceKind<Type> };

/** Who does what the room cannot do itself. */
export interface Experts extends VoucherInspectors {
  readonly passwords: PasswordHasher;
  readonly certificates: CertificateInspector;
}

/** What differs from one namespace to another. */
export interface KindOptions extends Experts {
  readonly limits: AccessLimits;
  readonly identity: NamespaceIdentity;
}

/** All types, with the bounds of a profile. */
export function resourceKinds(
  { limits, identity, passwords, certificates, issuerKeys, endpoints }: KindOptions,
): ResourceKinds {
  return {
    namespace: {
      countMax: 1,
      schema: namespaceSchema,
      complete: ({ input }) => completeNamespace(input, { issuerKeys, endpoints }),
    },
    caCertificates: {
      countMax: limits.caCertificatesMax,
      schema: caCertificateSchema,
      complete: ({ input }) => completeCaCertificate(input, certificates),
    },
    clientGroups: {
      countMax: limits.clientGroupsMax,
      schema: clientGroupSchema(limits),
      complete: keep,
    },
    topicSpaces: {
      countMax: limits.topicSpacesMax,
      schema: topicSpaceSchema(limits),
      complete: keep,
    },
    clients: {
      countMax: limits.clientsMax,
      schema: clientSchema,
      complete: ({ name, input, before }) => Promise.resolve(completeClient(name, input, before)),
    },
    users: {
      countMax: limits.usersMax,
      schema: userSchema,
      complete: ({ input, before }) => completeUser(input, before, passwords),
    },
    permissionBindings: {
      countMax: limits.permissionBindingsMax,
      schema: permissionBindingSchema,
      complete: keep,
    },
    roleAssignments: {
      countMax: limits.roleAssignmentsMax,
      schema: roleAssignmentSchema(identity),
      complete: keep,
    },
  };
}

/** For types whose bodies are complete as they are. */
function keep<Properties>({ input }: { readonly input: Properties }): Promise<Properties> {
  return Promise.resolve(input);
}
