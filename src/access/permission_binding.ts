import { z } from "zod";
import { isBuiltInGroup } from "./client_group.ts";
import { description, mapping, word } from "./mapping.ts";
import { shortName } from "./resource_name.ts";

/** What a binding lets its group do. */
export const permissions = ["Publisher", "Subscriber"] as const;
export type Permission = typeof permissions[number];

/** That a client group may do something in a topic space. event-grid: specification §4.3. */
export interface PermissionBindingProperties {
  readonly description?: string | undefined;
  readonly clientGroupName: string;
  readonly topicSpaceName: string;
  readonly permission: Permission;
}

const GROUP_EXPECTED = "the name of a client group, $all or $anonymous";
const SPACE_EXPECTED = "the name of a topic space";

/** What the registry is told of a permission binding. Whether group and space exist, the registry looks up. */
export const permissionBindingSchema = mapping({
  description,
  clientGroupName: z.string({ error: GROUP_EXPECTED })
    .refine((name) => shortName.accepts(name) || isBuiltInGroup(name), { error: GROUP_EXPECTED }),
  topicSpaceName: z.string({ error: SPACE_EXPECTED }).refine(shortName.accepts, { error: SPACE_EXPECTED }),
  permission: word(permissions),
}, ["provisioningState"]);
