import type { QoS } from "../client/packet_type.ts";
import { Arrivals } from "./arrivals.ts";
import type { Clock } from "./clock.ts";
import type { FaultLog } from "./fault.ts";
import type { MessageRecord, MessageTable } from "./message_table.ts";
import { Subscription } from "./subscription.ts";

/** A message as it came to a subscriber. */
export interface Arrival {
  /** The session that it came to. */
  readonly session: string;
  readonly publisher: number;
  readonly sequence: number;
  readonly topic: string;
  readonly qos: QoS;
}

/** What a target shares with the ledger. */
export interface TargetWorld {
  readonly clock: Clock;
  readonly faults: FaultLog;
  /** By publisher. */
  readonly tables: readonly MessageTable[];
}

type OnLost = (publisher: number, sequence: number, message: MessageRecord) => void;

/** What became of the messages that one target had to get. */
export interface TargetTally {
  due: number;
  lost: number;
}

/**
 * Whoever has to get each message: a session, or a share group with all its members' sessions, of which one has to get
 * it (v5 §4.8.2). Only a session gets the messages of a publisher in order; a group's members share them.
 */
export class Target {
  readonly name: string;
  readonly #isGroup: boolean;
  readonly #world: TargetWorld;
  readonly #subscriptions: Subscription[] = [];
  readonly #arrivals: Arrivals[] = [];
  readonly #latest = new Map<string, number>();
  #repeated = 0;
  #arrived = 0;

  constructor(name: string, isGroup: boolean, world: TargetWorld) {
    this.name = name;
    this.#isGroup = isGroup;
    this.#world = world;
  }

  /** QoS 1 messages that came again, which the standard allows. */
  get repeated(): number {
    return this.#repeated;
  }

  /** Messages that came, repeated ones too. */
  get arrived(): number {
    return this.#arrived;
  }

  /** SUBSCRIBE was sent. */
  subscribing(session: string, filter: string, qos: QoS): void {
    const known = this.#subscription(session, filter);
    const subscription = known ?? new Subscription(session, filter, qos);
    if (known === undefined) this.#subscriptions.push(subscription);
    subscription.asked();
  }

  /** SUBACK came. */
  subscribed(session: string, filter: string): void {
    this.#subscription(session, filter)?.granted(this.#world.clock.next());
  }

  /** UNSUBSCRIBE was sent. */
  unsubscribing(session: string, filter: string): void {
    this.#subscription(session, filter)?.doubted(this.#world.clock.next());
  }

  /** UNSUBACK came. */
  unsubscribed(session: string, filter: string): void {
    this.#subscription(session, filter)?.over(this.#world.clock.next());
  }

  /** PUBLISH came; with QoS 2, for the first time under its packet identifier. */
  received(arrival: Arrival): void {
    this.#arrived += 1;
    const message = this.#world.tables[arrival.publisher]?.get(arrival.sequence);
    if (message === undefined || message.topic !== arrival.topic) {
      this.#world.faults.add(
        "altered",
        `${this.#words(arrival)} on ${arrival.topic}, sent on ${message?.topic}`,
      );
      return;
    }
    this.#checkAsked(arrival, message);
    const before = this.#arrivalsOf(arrival.publisher).add(arrival.sequence);
    if (before === 0) this.#checkOrder(arrival, message);
    else if (arrival.qos === 2) {
      this.#world.faults.add("duplicated", `${this.#words(arrival)}: ${before + 1} times`);
    } else this.#repeated += 1;
  }

  /**
   * Counts what had to come; each message that did not is told to `onLost`.
   *
   * @param from by publisher, the first message that counts
   */
  tally(from: readonly number[], onLost: OnLost): TargetTally {
    const tally = { due: 0, lost: 0 };
    for (const [publisher, table] of this.#world.tables.entries()) {
      const arrivals = this.#arrivalsOf(publisher);
      for (let sequence = from[publisher] ?? 0; sequence < table.length; sequence += 1) {
        const message = table.get(sequence);
        if (message === undefined || !this.#subscriptions.some((one) => one.demands(message))) continue;
        tally.due += 1;
        if (arrivals.of(sequence) > 0) continue;
        tally.lost += 1;
        onLost(publisher, sequence, message);
      }
    }
    return tally;
  }

  #checkAsked(arrival: Arrival, message: MessageRecord): void {
    const permitting = this.#subscriptions.filter((one) =>
      one.session === arrival.session && one.permits(message)
    );
    if (permitting.length === 0) {
      this.#world.faults.add("unasked", `${this.#words(arrival)} on ${arrival.topic}`);
    } else if (!permitting.some((one) => one.qosOf(message) === arrival.qos)) {
      this.#world.faults.add(
        "altered",
        `${this.#words(arrival)} with QoS ${arrival.qos}, sent with ${message.qos}`,
      );
    }
  }

  /** v5 [MQTT-4.6.0-6], v3.1.1 [MQTT-4.6.0-6]: in order for one publisher, topic and QoS. */
  #checkOrder(arrival: Arrival, message: MessageRecord): void {
    if (this.#isGroup) return;
    const key = `${arrival.publisher} ${arrival.qos} ${arrival.topic}`;
    const latest = this.#latest.get(key) ?? -1;
    if (arrival.sequence > latest) this.#latest.set(key, arrival.sequence);
    else if (this.#subscriptions.some((one) => one.ordersFrom(message))) {
      this.#world.faults.add("reordered", `${this.#words(arrival)} on ${arrival.topic} after ${latest}`);
    }
  }

  #subscription(session: string, filter: string): Subscription | undefined {
    return this.#subscriptions.find((one) => one.session === session && one.filter === filter);
  }

  #arrivalsOf(publisher: number): Arrivals {
    return this.#arrivals[publisher] ??= new Arrivals();
  }

  #words({ session, publisher, sequence }: Arrival): string {
    return `message ${sequence} of publisher ${publisher} to ${
      this.#isGroup ? `${this.name} (${session})` : session
    }`;
  }
}
