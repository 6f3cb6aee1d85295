import type { FaultLog } from "./fault.ts";

/** What one publish with RETAIN leaves behind: the number of the message, or nothing (v5 §3.3.1.3). */
export type RetainedValue = number | "none";

/** The history of one topic, of which only the end matters. */
interface History {
  /** From the last completed change on; the first may be the state before any. */
  readonly changes: { readonly change: number; readonly value: RetainedValue }[];
}

/**
 * What each topic may retain: what the last completed change left, or what a later one left that was sent and is not
 * yet completed (a broker may keep a QoS 2 message to itself until its PUBREL). One client only changes a topic, so that its changes have an order.
 */
export class RetainedLedger {
  readonly #faults: FaultLog;
  readonly #topics = new Map<string, History>();
  #changes = 0;
  #completed = 0;

  constructor(faults: FaultLog) {
    this.#faults = faults;
  }

  /** Changes that were completed. */
  get completedChanges(): number {
    return this.#completed;
  }

  /** A topic's new value is about to be handed to a connection; gives the number of the change. */
  sent(topic: string, value: RetainedValue): number {
    this.#changes += 1;
    this.#historyOf(topic).changes.push({ change: this.#changes, value });
    return this.#changes;
  }

  /** PUBACK or PUBCOMP came, with success. What was sent before is over. */
  completed(topic: string, change: number): void {
    this.#completed += 1;
    const { changes } = this.#historyOf(topic);
    const place = changes.findIndex((known) => known.change === change);
    if (place > 0) changes.splice(0, place);
  }

  /** Topics that certainly retain something. */
  certain(): string[] {
    const topics = [...this.#topics.keys()];
    return topics.filter((topic) => !this.#allowed(topic).includes("none"));
  }

  /** A new subscriber was sent `found`, by topic, and nothing for any other topic. */
  observed(found: ReadonlyMap<string, RetainedValue>): void {
    for (const topic of new Set([...this.#topics.keys(), ...found.keys()])) {
      const value = found.get(topic) ?? "none";
      const allowed = this.#allowed(topic);
      if (allowed.includes(value)) continue;
      this.#faults.add("retained-wrong", `${topic} retains ${value}, allowed are ${allowed.join(", ")}`);
    }
  }

  #allowed(topic: string): RetainedValue[] {
    return (this.#topics.get(topic)?.changes ?? []).map(({ value }) => value);
  }

  #historyOf(topic: string): History {
    const known = this.#topics.get(topic);
    if (known !== undefined) return known;
    const history: History = { changes: [{ change: 0, value: "none" }] };
    this.#topics.set(topic, history);
    return history;
  }
}
