import type { Delivery } from "./decode.ts";
import { acknowledgement } from "./encode.ts";

export interface InflowOptions {
  /** A message came; with QoS 2, for the first time under its identifier. */
  readonly received: (delivery: Delivery) => void;
  /** Tells messages apart, to see whether one that comes again is the same. */
  readonly keyOf: (payload: Uint8Array) => number;
  /** Another message came under the identifier of a QoS 2 message that the broker has not released. */
  readonly identifierReused: (id: number) => void;
}

/**
 * One client's messages from the broker. With QoS 2 it is the receiver that makes "exactly once": it takes no message
 * under an identifier until the one before is released (v5 [MQTT-4.3.3-10], v3.1.1 §4.3.3 method A).
 */
export class Inflow {
  readonly #options: InflowOptions;
  /** Identifiers that are not released, each with the key of its message. */
  readonly #unreleased = new Map<number, number>();

  constructor(options: InflowOptions) {
    this.#options = options;
  }

  /** Takes a PUBLISH; gives what to answer. */
  publish(delivery: Delivery): Uint8Array<ArrayBuffer> | undefined {
    if (delivery.qos === 2) return this.#publishTwice(delivery);
    this.#options.received(delivery);
    return delivery.qos === 1 ? acknowledgement("puback", delivery.id) : undefined;
  }

  /** Takes a PUBREL; gives what to answer. */
  pubrel(id: number): Uint8Array<ArrayBuffer> {
    this.#unreleased.delete(id);
    return acknowledgement("pubcomp", id);
  }

  /** The broker has no session for this client. */
  forget(): void {
    this.#unreleased.clear();
  }

  #publishTwice(delivery: Delivery): Uint8Array<ArrayBuffer> {
    const key = this.#options.keyOf(delivery.payload);
    const held = this.#unreleased.get(delivery.id);
    if (held === undefined) {
      this.#unreleased.set(delivery.id, key);
      this.#options.received(delivery);
    } else if (held !== key) {
      this.#options.identifierReused(delivery.id);
    }
    return acknowledgement("pubrec", delivery.id);
  }
}
