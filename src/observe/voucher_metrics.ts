import type { Metric } from "prom-client";
import { KeySetMetrics } from "./key_set_metrics.ts";
import { WebhookMetrics } from "./webhook_metrics.ts";

/** How those do who say who somebody is. */
export class VoucherMetrics {
  readonly webhook = new WebhookMetrics();
  readonly keySets = new KeySetMetrics();

  get metrics(): readonly Metric[] {
    return [...this.webhook.metrics, ...this.keySets.metrics];
  }
}
