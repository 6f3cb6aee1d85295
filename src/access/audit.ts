import type { ResourceChange } from "./directory.ts";
import { type AnyResource, visibleProperties } from "./resource.ts";

/** On whose behalf something is changed. */
export interface Actor {
  /** As the audit log names them: `token 5d0b1f2a`, `start`. */
  readonly operator: string;
  /** The IP address that they called from; absent where they did not. */
  readonly address?: string | undefined;
}

/** One change, as the audit log keeps it. */
export interface AuditEntry extends Actor {
  /** Unix milliseconds. */
  readonly time: number;
  readonly action: "create" | "update" | "delete";
  /** `clients/sensor-1` */
  readonly target: string;
  /** The properties as JSON, without what is secret in them; absent where there was nothing. */
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

/** What is entered for changes that were made at one time. */
export function auditEntries(changes: readonly ResourceChange[], by: Actor, time: number): AuditEntry[] {
  return changes.map(({ type, name, before, after }) => ({
    ...by,
    time,
    action: actionOf(before, after),
    target: `${type}/${name}`,
    before: shown(before, after),
    after: shown(after, before),
  }));
}

function actionOf(before: AnyResource | undefined, after: AnyResource | undefined): AuditEntry["action"] {
  if (before === undefined) return "create";
  return after === undefined ? "delete" : "update";
}

/** What may be told of a version: that its password is not the other's, and not which it is. */
function shown(version: AnyResource | undefined, other: AnyResource | undefined): string | undefined {
  if (version === undefined) return undefined;
  const secret = hashOf(version) === hashOf(other) ? {} : { password: "(hidden)" };
  return JSON.stringify({ ...visibleProperties(version), ...secret });
}

function hashOf(version: AnyResource | undefined): string | undefined {
  return version?.type === "users" ? version.properties.passwordHash : undefined;
}
