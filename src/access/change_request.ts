import { isBuiltInGroup } from "./client_group.ts";
import type { ResourceFault } from "./fault.ts";
import { faultsOf } from "./issue.ts";
import type { Preconditions } from "./precondition.ts";
import { Refusal } from "./refusal.ts";
import type { ResourceKinds } from "./resource_kind.ts";
import { nameRules } from "./resource_name.ts";
import type { AnyResource, PropertiesOf, ResourceType } from "./resource.ts";

/** What somebody wants done with one resource. */
export interface ChangeRequest {
  readonly type: ResourceType;
  readonly name: string;
  /** The body of Azure's API, or that the resource goes. */
  readonly wanted: { readonly properties: unknown } | "removed";
  readonly conditions?: Preconditions | undefined;
}

/** A body that has been read; what the resource will say may depend on what it says now. */
export type Completion = (
  before: AnyResource | undefined,
) => Promise<PropertiesOf[ResourceType] | ResourceFault>;

/** Reads a request to make or change a resource: its name and its body, as far as nothing else must be known. */
export function readBody(
  kinds: ResourceKinds,
  request: ChangeRequest,
  properties: unknown,
): Completion | Refusal {
  const builtIn = refuseBuiltIn(request);
  if (builtIn !== undefined) return builtIn;
  return readProperties(kinds, request, properties);
}

/** Refuses to touch a group that is always there, or to delete the namespace. */
export function refuseBuiltIn({ type, name, wanted }: ChangeRequest): Refusal | undefined {
  const group = type === "clientGroups" && isBuiltInGroup(name);
  const namespace = type === "namespace" && wanted === "removed";
  if (!group && !namespace) return undefined;
  const verb = wanted === "removed" ? "delete" : "change";
  return new Refusal(
    "resource-built-in",
    { type, name },
    `Cannot ${verb} ${type}/${name}: it is always there`,
  );
}

function readProperties<Type extends ResourceType>(
  kinds: ResourceKinds,
  request: ChangeRequest & { readonly type: Type },
  properties: unknown,
): Completion | Refusal {
  const { type, name } = request;
  const kind = kinds[type];
  const parsed = kind.schema.safeParse(properties);
  const body = { value: properties, root: "properties" };
  const faults = [...nameFaults(type, name), ...faultsOf(parsed.error?.issues ?? [], body)];
  const input = parsed.data;
  if (input === undefined || faults.length > 0) return Refusal.invalid(request, withoutSecrets(type, faults));
  return (before) =>
    kind.complete({ name, input, before: before?.properties as PropertiesOf[Type] | undefined });
}

/** A password may stand at any place of a user's body but these, under a misspelt key too. */
const OPEN_PLACE = /^(name|properties\.(state|attributes\b.*))$/;

function withoutSecrets(type: ResourceType, faults: readonly ResourceFault[]): readonly ResourceFault[] {
  if (type !== "users") return faults;
  return faults.map((fault) => OPEN_PLACE.test(fault.path) ? fault : { ...fault, value: "(hidden)" });
}

function nameFaults(type: ResourceType, name: string): ResourceFault[] {
  const { accepts, expected } = nameRules[type];
  return accepts(name) ? [] : [{ code: "name-invalid", path: "name", value: name, expected }];
}
