import type { QoS } from "../client/packet_type.ts";
import type { FaultLog } from "./fault.ts";

/** Whether a will has to be published: nobody can tell while its CONNECT is unanswered. */
type Fate = "doubtful" | "due" | "forbidden";

interface WillRecord {
  fate: Fate;
  /** How often it came, by watcher. */
  readonly arrived: Map<string, number>;
}

/** Which wills had to be published, and which must not be. Watchers are subscribed before any will is set. */
export class WillLedger {
  readonly #faults: FaultLog;
  readonly #watchers = new Set<string>();
  readonly #wills = new Map<number, WillRecord>();

  constructor(faults: FaultLog) {
    this.#faults = faults;
  }

  /** A session that gets every will, from here on. */
  watcher(name: string): void {
    this.#watchers.add(name);
  }

  /** A CONNECT with this will is about to be sent. */
  announced(will: number): void {
    this.#wills.set(will, { fate: "doubtful", arrived: new Map() });
  }

  /** Its client was connected, went without DISCONNECT, and does not come back. */
  due(will: number): void {
    this.#setFate(will, "due");
  }

  /** Its client was connected, and comes back before the will's delay is over. */
  forbidden(will: number): void {
    this.#setFate(will, "forbidden");
  }

  /** Wills that have to be published. */
  get dueCount(): number {
    return [...this.#wills.values()].filter(({ fate }) => fate === "due").length;
  }

  /** A watcher was sent a will; with QoS 2, for the first time under its packet identifier. */
  received(watcher: string, will: number, qos: QoS): void {
    const record = this.#wills.get(will);
    if (record === undefined) {
      this.#faults.add("will-unasked", `will ${will}, which nobody set, came to ${watcher}`);
      return;
    }
    const count = (record.arrived.get(watcher) ?? 0) + 1;
    record.arrived.set(watcher, count);
    if (qos === 2 && count > 1) {
      this.#faults.add("will-duplicated", `will ${will} to ${watcher}: ${count} times`);
    }
  }

  /** Wills that are due and have not come to every watcher. */
  missing(): number {
    return this.#absences().length;
  }

  /** Closes the book: what has not come by now is lost. */
  settle(): void {
    for (const [watcher, will] of this.#absences()) {
      this.#faults.add("will-lost", `will ${will} never came to ${watcher}`);
    }
    for (const [will, { fate, arrived }] of this.#wills) {
      if (fate !== "forbidden") continue;
      for (const watcher of arrived.keys()) {
        this.#faults.add("will-unasked", `will ${will} came to ${watcher}`);
      }
    }
  }

  #absences(): [watcher: string, will: number][] {
    const due = [...this.#wills].filter(([, { fate }]) => fate === "due");
    return due.flatMap(([will, { arrived }]) =>
      [...this.#watchers].filter((watcher) => !arrived.has(watcher)).map((
        watcher,
      ): [string, number] => [watcher, will])
    );
  }

  #setFate(will: number, fate: Fate): void {
    const record = this.#wills.get(will);
    if (record === undefined) throw new RangeError(`There is no will ${will}`);
    record.fate = fate;
  }
}
