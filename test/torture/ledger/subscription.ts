import type { QoS } from "../client/packet_type.ts";
import type { MessageRecord } from "./message_table.ts";
import { matches, plainFilter } from "./topic_match.ts";

/** While it certainly held: from the event of its SUBACK to the event of the UNSUBSCRIBE. */
interface Span {
  readonly from: number;
  to: number;
}

/**
 * One session's subscription to one filter over the whole run, as its client saw it come and go. Between a request and
 * its answer nobody outside can tell whether it holds: there a message may come and need not.
 */
export class Subscription {
  readonly session: string;
  readonly filter: string;
  readonly qos: QoS;
  readonly #plain: string;
  readonly #answers = new Map<string, boolean>();
  /** One after the other, of which only the last may be open. */
  readonly #spans: Span[] = [];
  /** Event of the last UNSUBACK; from there on it certainly does not hold. */
  #overFrom = 0;
  #isGranted = false;

  constructor(session: string, filter: string, qos: QoS) {
    this.session = session;
    this.filter = filter;
    this.qos = qos;
    this.#plain = plainFilter(filter);
  }

  /** SUBSCRIBE was sent. */
  asked(): void {
    this.#overFrom = Infinity;
  }

  /** SUBACK came at this event. */
  granted(at: number): void {
    if (this.#isGranted) return;
    this.#isGranted = true;
    this.#spans.push({ from: at, to: Infinity });
  }

  /** UNSUBSCRIBE was sent at this event. */
  doubted(at: number): void {
    const last = this.#spans.at(-1);
    if (last !== undefined) last.to = Math.min(last.to, at);
  }

  /** UNSUBACK came at this event. */
  over(at: number): void {
    this.#isGranted = false;
    this.#overFrom = at;
  }

  /** Whether the message must arrive: this held from before it was sent until it was completed. */
  demands(message: MessageRecord): boolean {
    if (message.acknowledgedAt === 0 || !this.#covers(message.topic)) return false;
    const span = this.#lastBegunBy(message.sentAt);
    return span !== undefined && message.completedAt <= span.to;
  }

  /**
   * Whether the message and all that its publisher sent after it must arrive in order: this has held since before it was
   * sent. Otherwise the message may have come too early or too late the first time, and arrive when it is sent again.
   */
  ordersFrom(message: MessageRecord): boolean {
    return this.#covers(message.topic) && this.#lastBegunBy(message.sentAt)?.to === Infinity;
  }

  /** Whether the message may arrive: it may have been routed while this may have held. */
  permits(message: MessageRecord): boolean {
    return message.sentAt <= this.#overFrom && this.#covers(message.topic);
  }

  /** v5 [MQTT-3.8.4-8], v3.1.1 [MQTT-3.8.4-6]: never above what was granted. */
  qosOf(message: MessageRecord): QoS {
    return message.qos < this.qos ? message.qos : this.qos;
  }

  #lastBegunBy(event: number): Span | undefined {
    let [low, high] = [0, this.#spans.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#spans[middle]?.from ?? Infinity) <= event) low = middle + 1;
      else high = middle;
    }
    return this.#spans[low - 1];
  }

  #covers(topic: string): boolean {
    const known = this.#answers.get(topic);
    if (known !== undefined) return known;
    const answer = matches(this.#plain, topic);
    this.#answers.set(topic, answer);
    return answer;
  }
}
