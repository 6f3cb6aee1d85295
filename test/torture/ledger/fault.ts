/** What a broker can do wrong, in the ledger's words. */
export const faultKinds = {
  lost: "an acknowledged message did not reach a session or share group that was subscribed all the time",
  duplicated: "a QoS 2 message reached a session or share group more than once",
  reordered: "a message of one publisher, topic and QoS first arrived after a later one",
  unasked: "a message arrived though no subscription wanted it, or after its UNSUBACK",
  altered: "a message arrived with another topic, QoS or payload than it was sent with",
  "identifier-reused": "another message came under the packet identifier of a QoS 2 message not yet released",
  "session-lost": "a session that had been promised was not there when its client came back",
  "retained-wrong": "a topic's retained message is neither the last that was completed nor a later one",
  "will-lost": "the will of a client that did not come back did not reach a watcher",
  "will-unasked": "a will was published though its client had come back in time",
  "will-duplicated": "a QoS 2 will reached a watcher more than once",
  "no-answer": "a request got no answer, or a refusal, though the broker was up",
  died: "the broker ended by itself",
  "start-failed": "the broker did not start again on its data",
} as const;

export type FaultKind = keyof typeof faultKinds;

/** How many faults of one kind are kept in words; the rest are only counted. */
const examplesMax = 5;

/** Everything that was found wrong. */
export class FaultLog {
  readonly #counts = new Map<FaultKind, number>();
  readonly #examples = new Map<FaultKind, string[]>();

  /** @param detail which message, session, topic; the words of {@link faultKinds} are said already */
  add(kind: FaultKind, detail: string): void {
    this.#counts.set(kind, this.count(kind) + 1);
    const examples = this.#examples.get(kind) ?? [];
    if (examples.length < examplesMax) examples.push(detail);
    this.#examples.set(kind, examples);
  }

  count(kind: FaultKind): number {
    return this.#counts.get(kind) ?? 0;
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The kinds that occurred, each with its number and a few examples. */
  lines(): string[] {
    return [...this.#counts].flatMap(([kind, count]) => [
      `${kind}: ${count} (${faultKinds[kind]})`,
      ...(this.#examples.get(kind) ?? []).map((example) => `    ${example}`),
    ]);
  }
}
