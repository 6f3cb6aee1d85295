import { Client } from "../client/client.ts";
import type { Address } from "../client/connection.ts";
import type { OutgoingMessage } from "../client/outflow.ts";
import type { Version } from "../client/packet_type.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Random } from "../random.ts";
import { keyOf, payload } from "./payload.ts";
import { retainedTopics } from "./topics.ts";

/** How many of its changes clear the topic. */
const clearShare = 0.25;

const windowMax = 16;

/** A client that sets and clears the retained messages of topics that are its own. */
export class RetainedWriter {
  readonly client: Client;
  readonly #ledger: Ledger;
  readonly #random: Random;
  readonly #number: number;
  #sequence = 0;
  #isStopped = false;

  /** @param number tells the writers apart, and their topics */
  constructor({ number, version }: { number: number; version: Version }, ledger: Ledger, random: Random) {
    this.#ledger = ledger;
    this.#random = random;
    this.#number = number;
    const id = `retained-writer-${number}`;
    this.client = new Client({
      id,
      version,
      windowMax,
      sessionExpirySeconds: 3600,
      keyOf,
      received: () => ledger.faults.add("unasked", `${id} has no subscription and got a message`),
      identifierReused: () => {},
      next: () => this.#next(),
      sessionLost: () => ledger.faults.add("session-lost", id),
    });
  }

  arrive(address: Address): Promise<void> {
    return this.client.connect(address);
  }

  /** Changes nothing more; what is in flight is completed. */
  stop(): void {
    this.#isStopped = true;
  }

  resume(): void {
    this.#isStopped = false;
    this.client.outflow.pump();
  }

  /** With one QoS per topic: messages of different QoS may overtake each other (v5 §4.6). */
  #next(): OutgoingMessage | undefined {
    if (this.#isStopped) return undefined;
    const { retained } = this.#ledger;
    const place = this.#random.whole(0, retainedTopics(this.#number).length - 1);
    const topic = retainedTopics(this.#number)[place] ?? "";
    const clears = this.#random.chance(clearShare);
    this.#sequence += 1;
    const label = { kind: "retained", source: this.#number, sequence: this.#sequence } as const;
    const change = retained.sent(topic, clears ? "none" : label.sequence);
    return {
      topic,
      qos: place % 2 === 0 ? 1 : 2,
      retain: true,
      payload: clears ? new Uint8Array(0) : payload(label),
      acknowledged: () => {},
      completed: () => retained.completed(topic, change),
      refused: (code, reasonString) => this.#ledger.messages.refused(code, reasonString),
    };
  }
}
