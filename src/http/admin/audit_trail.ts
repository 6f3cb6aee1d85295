import type { AdminRequest } from "./exchange.ts";
import type { AuditEntry, AuditLog } from "./ports.ts";

/** What was done, and to what. */
export interface Deed extends Pick<AuditEntry, "action" | "target"> {
  readonly before?: object;
  readonly after?: object;
}

/** What is entered of what a request does. */
export function entryOf({ by }: AdminRequest, { action, target, before, after }: Deed): AuditEntry {
  return {
    ...by,
    time: Date.now(),
    action,
    target,
    before: before && JSON.stringify(before),
    after: after && JSON.stringify(after),
  };
}

/** Enters what operators do that is in no store: before it is done, so that nothing is done that is not entered. */
export class AuditTrail {
  readonly #log: AuditLog;

  constructor(log: AuditLog) {
    this.#log = log;
  }

  /**
   * Enters what a request is about to do; it is durable when this resolves.
   *
   * @throws what the log throws; then it must not be done
   */
  enter(request: AdminRequest, deed: Deed): Promise<void> {
    return this.#log.record(entryOf(request, deed));
  }
}
