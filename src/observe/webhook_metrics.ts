import { STATUS_CODES } from "node:http";
import { Counter, Gauge, Histogram, type Metric } from "prom-client";
import { PREFIX } from "./metric_table.ts";

/** From a service on this machine to the end of the time that one has. */
const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Requests that are under way, and that wait. */
export interface WebhookLoad {
  readonly running: number;
  readonly waiting: number;
}

/**
 * How the webhook does. event-grid: specification §19.1, `Mqtt.SuccessfulWebhookAuthenticationRequests` by decision and
 * `Mqtt.FailedWebhookAuthenticationRequests` by status code and error.
 */
export class WebhookMetrics {
  readonly #answered = new Counter({
    name: `${PREFIX}webhook_requests_successful_total`,
    help: "Clients whom the webhook has decided on",
    labelNames: ["decision"],
    registers: [],
  });
  readonly #failed = new Counter({
    name: `${PREFIX}webhook_requests_failed_total`,
    help: "Clients whom the webhook could not decide on, and who are to come back later",
    labelNames: ["status", "error"],
    registers: [],
  });
  readonly #took = new Histogram({
    name: `${PREFIX}webhook_request_duration_seconds`,
    help:
      "How long the webhook was asked, answered or not; without the time that clients wait for their turn",
    buckets: BUCKETS_SECONDS,
    registers: [],
  });
  readonly #load: Gauge;
  #read: () => WebhookLoad = () => ({ running: 0, waiting: 0 });

  constructor() {
    for (const decision of ["allow", "deny"]) this.#answered.inc({ decision }, 0);
    const read = (): WebhookLoad => this.#read();
    this.#load = new Gauge({
      name: `${PREFIX}webhook_requests`,
      help: "Clients whom the webhook is asked about now, and who wait until it is",
      labelNames: ["state"],
      registers: [],
      collect() {
        for (const [state, count] of Object.entries(read())) this.set({ state }, count);
      },
    });
  }

  /** For the registry that they are shown by. */
  get metrics(): readonly Metric[] {
    return [this.#answered, this.#failed, this.#took, this.#load];
  }

  answered(decision: "allow" | "deny"): void {
    this.#answered.inc({ decision });
  }

  /** @param code one of a list */
  failed({ code, status }: { readonly code: string; readonly status: number | undefined }): void {
    this.#failed.inc({ status: statusLabel(status), error: code.replaceAll("-", "_") });
  }

  took(seconds: number): void {
    this.#took.observe(seconds);
  }

  follow(load: () => WebhookLoad): void {
    this.#read = load;
  }
}

/** Whoever answers with numbers that nobody has registered does not get a series for each of them. */
function statusLabel(status: number | undefined): string {
  if (status === undefined) return "";
  return STATUS_CODES[status] === undefined ? "other" : String(status);
}
