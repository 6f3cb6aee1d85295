import type { QoS } from "../client/packet_type.ts";

/** One published message, as its publisher knows it. */
export interface MessageRecord {
  readonly topic: string;
  readonly qos: QoS;
  /** Event at which it was first handed to a connection. */
  readonly sentAt: number;
  /** Event of its PUBACK or PUBREC; 0 while there is none. */
  readonly acknowledgedAt: number;
  /** Event of its PUBACK or PUBCOMP; infinite while there is none. */
  readonly completedAt: number;
}

/** The messages of one publisher by sequence number, from 0. Typed columns: a long run has millions. */
export class MessageTable {
  readonly #topics: string[] = [];
  readonly #topicNumbers = new Map<string, number>();
  #topicOf = new Uint16Array(1024);
  #qosOf = new Uint8Array(1024);
  #sentAt = new Uint32Array(1024);
  #acknowledgedAt = new Uint32Array(1024);
  #completedAt = new Uint32Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Gives the sequence number of the message. */
  add(topic: string, qos: QoS, sentAt: number): number {
    if (this.#length === this.#sentAt.length) this.#grow();
    const sequence = this.#length++;
    this.#topicOf[sequence] = this.#numberOf(topic);
    this.#qosOf[sequence] = qos;
    this.#sentAt[sequence] = sentAt;
    return sequence;
  }

  /** Only the first acknowledgement counts. */
  acknowledge(sequence: number, at: number): void {
    if (this.#acknowledgedAt[sequence] === 0) this.#acknowledgedAt[sequence] = at;
  }

  complete(sequence: number, at: number): void {
    this.#completedAt[sequence] = at;
  }

  get(sequence: number): MessageRecord | undefined {
    const topic = this.#topics[this.#topicOf[sequence] ?? 0];
    if (sequence >= this.#length || topic === undefined) return undefined;
    return {
      topic,
      qos: this.#qosOf[sequence] === 2 ? 2 : 1,
      sentAt: this.#sentAt[sequence] ?? 0,
      acknowledgedAt: this.#acknowledgedAt[sequence] ?? 0,
      completedAt: this.#completedAt[sequence] || Infinity,
    };
  }

  #numberOf(topic: string): number {
    const known = this.#topicNumbers.get(topic);
    if (known !== undefined) return known;
    const number = this.#topics.push(topic) - 1;
    this.#topicNumbers.set(topic, number);
    return number;
  }

  #grow(): void {
    const size = 2 * this.#length;
    this.#topicOf = grown(this.#topicOf, new Uint16Array(size));
    this.#qosOf = grown(this.#qosOf, new Uint8Array(size));
    this.#sentAt = grown(this.#sentAt, new Uint32Array(size));
    this.#acknowledgedAt = grown(this.#acknowledgedAt, new Uint32Array(size));
    this.#completedAt = grown(this.#completedAt, new Uint32Array(size));
  }
}

function grown<Column extends Uint8Array | Uint16Array | Uint32Array>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}
