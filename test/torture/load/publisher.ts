import { Client } from "../client/client.ts";
import type { Address } from "../client/connection.ts";
import type { OutgoingMessage } from "../client/outflow.ts";
import type { Version } from "../client/packet_type.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Random } from "../random.ts";
import { keyOf, payload } from "./payload.ts";
import { loadTopics } from "./topics.ts";

export interface PublisherOptions {
  readonly name: string;
  readonly version: Version;
  /** The QoS of its messages; both make a mixture. */
  readonly qos: readonly (1 | 2)[];
  readonly windowMax: number;
  /** 0 for a session that ends with its connection; an hour if nothing is said. */
  readonly sessionExpirySeconds?: number;
}

/** What all publishers share. */
export interface PublisherWorld {
  readonly ledger: Ledger;
  readonly random: Random;
  readonly onSent: () => void;
}

/** A client that keeps a window of messages in flight, whatever happens to its connections. */
export class Publisher {
  readonly client: Client;
  readonly #options: PublisherOptions;
  readonly #ledger: Ledger;
  readonly #random: Random;
  readonly #number: number;
  readonly #onSent: () => void;
  #isStopped = false;

  /** @param onSent told of every message that is new */
  constructor(options: PublisherOptions, { ledger, random, onSent }: PublisherWorld) {
    this.#options = options;
    this.#onSent = onSent;
    this.#ledger = ledger;
    this.#random = random;
    this.#number = ledger.messages.publisher();
    this.client = new Client({
      sessionExpirySeconds: 3600,
      ...options,
      id: options.name,
      keyOf,
      received: () => ledger.faults.add("unasked", `${options.name} has no subscription and got a message`),
      identifierReused: () => {},
      next: () => this.#next(),
      sessionLost: () => ledger.faults.add("session-lost", options.name),
    });
  }

  arrive(address: Address): Promise<void> {
    return this.client.connect(address);
  }

  /** Publishes nothing new; what is in flight is completed. */
  stop(): void {
    this.#isStopped = true;
  }

  resume(): void {
    this.#isStopped = false;
    this.client.outflow.pump();
  }

  #next(): OutgoingMessage | undefined {
    if (this.#isStopped) return undefined;
    const { messages } = this.#ledger;
    const qos = this.#random.pick(this.#options.qos);
    const topic = this.#random.pick(loadTopics);
    const sequence = messages.sent(this.#number, topic, qos);
    this.#onSent();
    return {
      topic,
      qos,
      retain: false,
      payload: payload({ kind: "load", source: this.#number, sequence }),
      acknowledged: () => messages.acknowledged(this.#number, sequence),
      completed: () => messages.completed(this.#number, sequence),
      refused: (code, reasonString) => messages.refused(code, reasonString),
    };
  }
}
