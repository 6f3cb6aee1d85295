import { z } from "zod";
import type { IssueFacts } from "./issue.ts";
import type { AccessLimits } from "./limits.ts";
import { description, mapping } from "./mapping.ts";
import { isTemplateError, parseTemplate } from "./template.ts";

/** Topics that rights are granted for together. event-grid: specification §4.2. */
export interface TopicSpaceProperties {
  readonly description?: string | undefined;
  readonly topicTemplates: readonly string[];
}

/** What the registry is told of a topic space. `subscriptionSupport` was part of a preview and means nothing now. */
export function topicSpaceSchema(limits: AccessLimits) {
  const expected = `1 to ${limits.templatesPerSpaceMax} topic templates, such as vehicles/+/position`;
  const template = z.string({ error: "a topic template" }).superRefine((text, context) => {
    const read = parseTemplate(text, limits);
    if (!isTemplateError(read)) return;
    const params: IssueFacts = { code: "template-invalid", position: read.position };
    context.addIssue({ code: "custom", params: { ...params }, message: read.expected });
  });
  const topicTemplates = z.array(template, { error: expected })
    .min(1, { error: expected })
    .max(limits.templatesPerSpaceMax, { error: expected });
  return mapping({ description, topicTemplates }, ["provisioningState", "subscriptionSupport"]);
}
