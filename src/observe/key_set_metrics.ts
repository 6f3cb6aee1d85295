import { Counter, type Metric } from "prom-client";
import { PREFIX } from "./metric_table.ts";

/** How the issuers of tokens do, whose keys are fetched; those of clients and of operators together. */
export class KeySetMetrics {
  readonly #fetches = new Counter({
    name: `${PREFIX}key_set_fetches_total`,
    help: "Fetches of the keys that tokens of OIDC issuers are signed with",
    labelNames: ["outcome"],
    registers: [],
  });

  constructor() {
    this.#fetches.inc({ outcome: "fetched" }, 0);
  }

  /** For the registry that they are shown by. */
  get metrics(): readonly Metric[] {
    return [this.#fetches];
  }

  /** @param outcome one of a list */
  fetched(outcome: string): void {
    this.#fetches.inc({ outcome: outcome.replaceAll("-", "_") });
  }
}
