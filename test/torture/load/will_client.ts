import { Client } from "../client/client.ts";
import type { Address } from "../client/connection.ts";
import type { Will } from "../client/encode.ts";
import type { Version } from "../client/packet_type.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { keyOf, payload } from "./payload.ts";
import { willTopic } from "./topics.ts";

export interface WillClientOptions {
  /** Tells the wills apart. */
  readonly number: number;
  readonly version: Version;
  readonly qos: 1 | 2;
  /** 0 with version 3.1.1, which has no delay. */
  readonly delaySeconds: number;
}

/** A client with a persistent session whose will is to be published, or is not to be. */
export class WillClient {
  readonly #options: WillClientOptions;
  readonly #client: Client;
  readonly #ledger: Ledger;

  constructor(options: WillClientOptions, ledger: Ledger) {
    this.#options = options;
    this.#ledger = ledger;
    const id = `with-will-${options.number}`;
    this.#client = new Client({
      id,
      version: options.version,
      sessionExpirySeconds: 3600,
      keyOf,
      received: () => ledger.faults.add("unasked", `${id} has no subscription and got a message`),
      identifierReused: () => {},
      sessionLost: () => ledger.faults.add("session-lost", id),
    });
    ledger.wills.announced(options.number);
  }

  get ended(): Promise<void> {
    return this.#client.ended;
  }

  get isConnected(): boolean {
    return this.#client.isConnected;
  }

  arrive(address: Address): Promise<void> {
    return this.#client.connect(address, this.#will());
  }

  /** It goes without a farewell, if it is still there, and never comes back. */
  die(): void {
    if (this.#client.isConnected) this.#ledger.wills.due(this.#options.number);
    this.#client.cut();
  }

  /** Its will must never be published, from here on. */
  promiseToReturn(): void {
    this.#ledger.wills.forbidden(this.#options.number);
  }

  /** Goes with a farewell, which takes its will with it. */
  leave(): void {
    this.#client.leave();
  }

  #will(): Will {
    const { number, qos, delaySeconds } = this.#options;
    const label = { kind: "will", source: 0, sequence: number } as const;
    return { topic: willTopic(number), payload: payload(label), qos, delaySeconds };
  }
}
