import type { QoS } from "../client/packet_type.ts";
import type { Clock } from "./clock.ts";
import type { FaultLog } from "./fault.ts";
import { type MessageRecord, MessageTable } from "./message_table.ts";
import { Target } from "./target.ts";

/** What became of the messages of a run. */
export interface MessageTally {
  /** Messages handed to a connection. */
  readonly sent: number;
  /** Of them, with a PUBACK or PUBREC. */
  readonly acknowledged: number;
  /** Of them, refused with a reason code. */
  readonly refused: number;
  /** Pairs of an acknowledged message and a session or share group that had to get it. */
  readonly due: number;
  readonly lost: number;
  /** Deliveries, repeated ones too. */
  readonly arrived: number;
  /** QoS 1 messages that came to a session again, which is allowed. */
  readonly repeated: number;
}

/**
 * Who published what, what was acknowledged, and who had to get it. It is told only what clients sent and received.
 *
 * What a PUBACK or PUBREC promises: the message reaches every persistent session, and one member of every share group,
 * whose subscription had its SUBACK before the message was first sent and no UNSUBSCRIBE before its PUBACK or PUBCOMP.
 */
export class MessageLedger {
  readonly #clock: Clock;
  readonly #faults: FaultLog;
  readonly #tables: MessageTable[] = [];
  readonly #targets: Target[] = [];
  /** By publisher, how many messages were audited. */
  #audited: number[] = [];
  readonly #refusals = new Map<string, number>();
  #acknowledged = 0;
  #refused = 0;
  #due = 0;
  #lost = 0;

  constructor(clock: Clock, faults: FaultLog) {
    this.#clock = clock;
    this.#faults = faults;
  }

  /** Gives the number of a new publisher. */
  publisher(): number {
    return this.#tables.push(new MessageTable()) - 1;
  }

  session(name: string): Target {
    return this.#target(name, false);
  }

  /** A share group: all members tell the same target. */
  group(name: string): Target {
    return this.#target(name, true);
  }

  /** A new message is about to be handed to a connection; gives its sequence number. */
  sent(publisher: number, topic: string, qos: QoS): number {
    return this.#table(publisher).add(topic, qos, this.#clock.next());
  }

  /** PUBACK or PUBREC came, with success. */
  acknowledged(publisher: number, sequence: number): void {
    this.#acknowledged += 1;
    this.#table(publisher).acknowledge(sequence, this.#clock.next());
  }

  /** PUBACK or PUBCOMP came. */
  completed(publisher: number, sequence: number): void {
    this.#table(publisher).complete(sequence, this.#clock.next());
  }

  /** PUBACK or PUBREC came, with a refusal: nothing was promised. */
  refused(code: number, reasonString: string | undefined): void {
    this.#refused += 1;
    const words = `0x${code.toString(16)} ${reasonString ?? ""}`.trim();
    this.#refusals.set(words, (this.#refusals.get(words) ?? 0) + 1);
  }

  /** How often each reason code came, with its reason string. */
  get refusals(): ReadonlyMap<string, number> {
    return this.#refusals;
  }

  /** Deliveries so far, to see whether anything still comes. */
  get arrived(): number {
    return this.#targets.reduce((sum, target) => sum + target.arrived, 0);
  }

  /** How many deliveries that were promised since the last audit have not come yet. */
  missing(): number {
    return this.#targets.reduce((sum, target) => sum + target.tally(this.#audited, () => {}).lost, 0);
  }

  /** What was promised since the last audit and has not come by now is lost. To be done when nothing is in flight. */
  audit(): void {
    for (const target of this.#targets) {
      const { due, lost } = target.tally(this.#audited, (...message) => this.#lose(target, ...message));
      this.#due += due;
      this.#lost += lost;
    }
    this.#audited = this.#tables.map(({ length }) => length);
  }

  /** The figures up to the last audit. */
  tally(): MessageTally {
    return {
      sent: this.#tables.reduce((sum, { length }) => sum + length, 0),
      acknowledged: this.#acknowledged,
      refused: this.#refused,
      due: this.#due,
      lost: this.#lost,
      arrived: this.arrived,
      repeated: this.#targets.reduce((sum, { repeated }) => sum + repeated, 0),
    };
  }

  #lose(target: Target, publisher: number, sequence: number, { topic, qos }: MessageRecord): void {
    const message = `message ${sequence} of publisher ${publisher}, QoS ${qos} on ${topic}`;
    this.#faults.add("lost", `${message}: never came to ${target.name}`);
  }

  #target(name: string, isGroup: boolean): Target {
    const world = { clock: this.#clock, faults: this.#faults, tables: this.#tables };
    const target = new Target(name, isGroup, world);
    this.#targets.push(target);
    return target;
  }

  #table(publisher: number): MessageTable {
    const table = this.#tables[publisher];
    if (table === undefined) throw new RangeError(`There is no publisher ${publisher}`);
    return table;
  }
}
