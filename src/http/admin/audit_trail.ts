import type { AdminRequest } from "./exchange.ts";
import type { AuditEntry, AuditLog } from "./ports.ts";

/** What was done, and to what. */
export interface Deed extends Pick<AuditEntry, "action" | "target"> {
  readonly before?: object;
  readonly after?: object;
}

/** Enters what operators do beside changing resources. */
export class AuditTrail {
  readonly #log: AuditLog;

  constructor(log: AuditLog) {
    this.#log = log;
  }

  /** Enters what a request has done; it is answered when that is durable. */
  enter({ by }: AdminRequest, { action, target, before, after }: Deed): Promise<void> {
    return this.#log.record({
      ...by,
      time: Date.now(),
      action,
      target,
      before: before && JSON.stringify(before),
      after: after && JSON.stringify(after),
    });
  }
}
