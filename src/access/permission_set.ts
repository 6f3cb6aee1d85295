import type { ReadonlyDirectory } from "./directory.ts";
import type { Permission } from "./permission_binding.ts";
import type { Resource } from "./resource.ts";
import { grantOfRoleGroup } from "./role_group.ts";
import { isTemplateError, parseTemplate, type TemplateLimits } from "./template.ts";

/** The templates of everyone who belongs to the same groups. */
export interface SetTemplates {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** Their variables in the order in which the core wants the values: as they first stand in the two lists. */
  readonly variables: readonly string[];
}

/**
 * What the bindings of `groups`, and the roles among them, grant together. Each template is there once; they are sorted, so that the same rights
 * give the same lists, whatever the bindings are called.
 */
export function templatesOf(groups: readonly string[], resources: ReadonlyDirectory): SetTemplates {
  const templates = { Publisher: new Set<string>(), Subscriber: new Set<string>() };
  for (const [permission, space] of groups.flatMap((group) => spacesOf(group, resources))) {
    for (const template of space?.properties.topicTemplates ?? []) templates[permission].add(template);
  }
  const publish = [...templates.Publisher].sort();
  const subscribe = [...templates.Subscriber].sort();
  return { publish, subscribe, variables: variablesOf([...publish, ...subscribe]) };
}

/** In which topic spaces the members of a group may do what. */
function spacesOf(
  group: string,
  resources: ReadonlyDirectory,
): (readonly [Permission, Resource<"topicSpaces"> | undefined])[] {
  const role = grantOfRoleGroup(group, resources);
  if (role !== undefined) return role.spaces.map((space) => [role.permission, space]);
  return [...resources.bindingsOfGroup(group)].map(({ properties: { permission, topicSpaceName } }) =>
    [permission, resources.get("topicSpaces", topicSpaceName)] as const
  );
}

/** Whether two sets are the same to the core. */
export function equalTemplates(one: SetTemplates, other: SetTemplates): boolean {
  return equalTexts(one.publish, other.publish) && equalTexts(one.subscribe, other.subscribe);
}

export function equalTexts(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}

/** What was accepted once is not refused here, so nothing is bounded. */
const boundless: TemplateLimits = { templateBytesMax: Infinity, templateLevelsMax: Infinity };

function variablesOf(templates: readonly string[]): string[] {
  const variables = new Set<string>();
  for (const template of templates) {
    const read = parseTemplate(template, boundless);
    if (isTemplateError(read)) continue;
    for (const variable of read.variables) variables.add(variable);
  }
  return [...variables];
}
