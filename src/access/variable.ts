import { attributeOf, type AttributeValue } from "./attributes.ts";
import type { Subject } from "./query/evaluate.ts";

const ATTRIBUTE = "client.attributes.";

/**
 * The values of a permission set's variables for one client, in the order of the set.
 *
 * An attribute that is missing has no value, and neither has a list (event-grid: specification §4.2, undocumented, the
 * reading that grants less): the core takes the empty text for that, and templates that use it apply to nothing. The
 * name stands as it was registered.
 */
export function valuesOf(variables: readonly string[], subject: Subject | undefined): readonly string[] {
  return variables.map((variable) => subject === undefined ? "" : valueOf(variable, subject));
}

function valueOf(variable: string, { authenticationName, attributes }: Subject): string {
  return variable.startsWith(ATTRIBUTE)
    ? textOf(attributeOf(attributes, variable.slice(ATTRIBUTE.length)))
    : authenticationName;
}

function textOf(value: AttributeValue | undefined): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
