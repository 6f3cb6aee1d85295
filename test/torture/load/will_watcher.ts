import { Client } from "../client/client.ts";
import type { Address } from "../client/connection.ts";
import type { Delivery } from "../client/decode.ts";
import type { QoS, Version } from "../client/packet_type.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { keyOf, labelOf } from "./payload.ts";
import { willFilter } from "./topics.ts";

/** A session that gets every will. */
export class WillWatcher {
  readonly client: Client;
  readonly #options: { name: string; version: Version; qos: QoS };
  readonly #ledger: Ledger;
  #isSubscribed = false;

  constructor(options: { name: string; version: Version; qos: QoS }, ledger: Ledger) {
    this.#options = options;
    this.#ledger = ledger;
    const { name } = options;
    this.client = new Client({
      ...options,
      id: name,
      sessionExpirySeconds: 3600,
      keyOf,
      received: (delivery) => this.#received(delivery),
      identifierReused: (id) => ledger.faults.add("identifier-reused", `${id} of ${name}`),
      sessionLost: () => {
        ledger.faults.add("session-lost", name);
        this.#isSubscribed = false;
      },
    });
  }

  /** Whether wills come to it from now on. */
  get isSubscribed(): boolean {
    return this.#isSubscribed;
  }

  /** Comes back; the first time also subscribes, and from then on every will has to come to it. */
  async arrive(address: Address): Promise<void> {
    await this.client.connect(address);
    if (this.#isSubscribed) return;
    await this.client.subscribe(willFilter, this.#options.qos);
    this.#isSubscribed = true;
    this.#ledger.wills.watcher(this.#options.name);
  }

  #received({ topic, payload, qos }: Delivery): void {
    const { name } = this.#options;
    const label = labelOf(payload);
    if (label?.kind === "will") this.#ledger.wills.received(name, label.sequence, qos);
    else this.#ledger.faults.add("altered", `a will on ${topic} to ${name}`);
  }
}
