import { Client, ConnectionLost } from "../client/client.ts";
import type { Address } from "../client/connection.ts";
import type { Delivery } from "../client/decode.ts";
import type { QoS, Version } from "../client/packet_type.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Target } from "../ledger/target.ts";
import { keyOf, labelOf } from "./payload.ts";

/** What a subscriber wants of one filter, and how far that is. */
type Wish = "subscribing" | "subscribed" | "unsubscribing" | "unsubscribed";

export interface SubscriberOptions {
  readonly name: string;
  readonly version: Version;
  readonly filters: readonly string[];
  readonly qos: QoS;
  /** Whether it ends and renews its subscriptions. */
  readonly isFickle?: boolean;
  /** v5 §3.1.2.11.3: fewer make the broker queue more. */
  readonly receiveMaximum?: number;
  readonly lingerMilliseconds?: number;
}

/** A client with a session that stays: it comes and goes, and so do some of its subscriptions. */
export class Subscriber {
  readonly client: Client;
  readonly isFickle: boolean;
  readonly #options: SubscriberOptions;
  readonly #target: Target;
  readonly #ledger: Ledger;
  readonly #wishes = new Map<string, Wish>();

  /** @param target itself, or the share group that it is a member of */
  constructor(options: SubscriberOptions, target: Target, ledger: Ledger) {
    this.#options = options;
    this.isFickle = options.isFickle ?? false;
    this.#target = target;
    this.#ledger = ledger;
    for (const filter of options.filters) this.#wishes.set(filter, "subscribing");
    this.client = new Client({
      ...options,
      id: options.name,
      sessionExpirySeconds: 3600,
      keyOf,
      received: (delivery) => this.#received(delivery),
      identifierReused: (id) => ledger.faults.add("identifier-reused", `${id} of ${options.name}`),
      sessionLost: () => this.#beginAnew(),
    });
  }

  get filters(): readonly string[] {
    return this.#options.filters;
  }

  /** Comes back, and repeats every request that got no answer. */
  async arrive(address: Address): Promise<void> {
    await this.client.connect(address);
    await this.#pursue();
  }

  /** Ends a subscription that stands, or renews one that was ended. */
  async toggle(filter: string): Promise<void> {
    const wish = this.#wishes.get(filter);
    this.#wishes.set(filter, wish === "subscribed" ? "unsubscribing" : "subscribing");
    await this.#pursue();
  }

  async #pursue(): Promise<void> {
    await Promise.all([...this.#wishes].map(([filter, wish]) => {
      if (wish === "subscribing") return this.#subscribe(filter);
      if (wish === "unsubscribing") return this.#unsubscribe(filter);
    }));
  }

  async #subscribe(filter: string): Promise<void> {
    const { name, qos } = this.#options;
    this.#target.subscribing(name, filter, qos);
    await this.client.subscribe(filter, qos);
    this.#target.subscribed(name, filter);
    this.#wishes.set(filter, "subscribed");
  }

  async #unsubscribe(filter: string): Promise<void> {
    const { name } = this.#options;
    this.#target.unsubscribing(name, filter);
    await this.client.unsubscribe(filter);
    this.#target.unsubscribed(name, filter);
    this.#wishes.set(filter, "unsubscribed");
  }

  #received({ topic, qos, payload }: Delivery): void {
    const { name } = this.#options;
    const label = labelOf(payload);
    if (label?.kind !== "load") {
      this.#ledger.faults.add("altered", `${payload.length} bytes on ${topic} to ${name}`);
      return;
    }
    this.#target.received({ session: name, publisher: label.source, sequence: label.sequence, topic, qos });
  }

  /** The broker has broken a promise; it gets the requests again, so that the run can go on. */
  #beginAnew(): void {
    this.#ledger.faults.add("session-lost", this.#options.name);
    for (const [filter, wish] of this.#wishes) {
      if (wish === "subscribed") this.#wishes.set(filter, "subscribing");
    }
  }
}

/** Lets an act end quietly that the loss of the connection has cut short. */
export async function unlessLost(act: Promise<void>): Promise<void> {
  try {
    await act;
  } catch (error) {
    const isLoss = error instanceof ConnectionLost || error instanceof Deno.errors.ConnectionRefused ||
      error instanceof Deno.errors.ConnectionReset;
    if (!isLoss) throw error;
  }
}
