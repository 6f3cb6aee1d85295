import { z } from "zod";
import { textFault } from "./mqtt_text.ts";

/** A name and its value. */
export type UserProperty = readonly [name: string, value: string];

const text = z.string().refine((value) => textFault(value) === undefined);

/** `[{"Urgency":"alert"},{"RequestId":"55f4"}]`: an array, as an object could not repeat a name. */
const userProperties = z.array(
  // Not `z.record`, which would lose a property that is named `__proto__`.
  z.unknown().transform(memberOf).pipe(z.tuple([text, text])),
);

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads the JSON of the header `mqtt-user-properties`: an array of objects with one string member each.
 *
 * @returns the properties in their order, duplicates included; nothing if `json` says anything else
 */
export function parseUserProperties(json: Uint8Array): readonly UserProperty[] | undefined {
  try {
    const parsed = userProperties.safeParse(JSON.parse(utf8.decode(json)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** The only member of an object; anything else becomes what the next check refuses. */
function memberOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const [member, ...others] = Object.entries(value);
  return others.length === 0 ? member : undefined;
}
