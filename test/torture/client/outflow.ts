import { acknowledgement, type Publish, publish } from "./encode.ts";
import type { Version } from "./packet_type.ts";

/** A QoS 1 or 2 message on its way to the broker, and what the load wants to know of it. */
export interface OutgoingMessage extends Publish {
  readonly qos: 1 | 2;
  /** PUBACK or PUBREC came, with success. */
  acknowledged(): void;
  /** PUBACK or PUBCOMP came: until then a broker may keep a QoS 2 message to itself (v5 §4.3.3). */
  completed(): void;
  /** PUBACK or PUBREC came, with a refusal. */
  refused(code: number, reasonString: string | undefined): void;
}

/** A message that is not completed. */
export interface InFlight {
  readonly id: number;
  readonly message: OutgoingMessage;
  /** What the client waits for. */
  awaits: "puback-or-pubrec" | "pubcomp" | "nothing";
  /** Where the PUBLISH ends in the bytes of the present connection; infinite if it was not sent on it. */
  endByte: number;
}

/** What a client sends through. */
export interface Outlet {
  send(bytes: Uint8Array<ArrayBuffer>): void;
  /** Bytes that were sent so far. */
  readonly queuedBytes: number;
}

export interface OutflowOptions {
  readonly version: Version;
  /** Messages in flight at most; fewer if the broker's Receive Maximum says so (v5 §3.3.4). */
  readonly windowMax: number;
  /** The next message, or none for now. */
  readonly next: () => OutgoingMessage | undefined;
}

/**
 * The highest packet identifier of a message; those above are for requests. Not far above the largest window, so that
 * each identifier comes back often: one that a broker has not let go swallows the next message under it.
 */
export const messageIdMax = 500;

/** One client's messages to the broker. It keeps the window full, and resumes where a lost connection left it. */
export class Outflow {
  readonly #options: OutflowOptions;
  /** By packet identifier, in the order of first sending. */
  readonly #inFlight = new Map<number, InFlight>();
  #outlet: Outlet | undefined;
  #window = 0;
  #lastId = 0;

  constructor(options: OutflowOptions) {
    this.#options = options;
  }

  /** Whether every message is completed. */
  get isIdle(): boolean {
    return this.#inFlight.size === 0;
  }

  /**
   * CONNACK came. What was in flight is sent again, in the same order and under the same identifiers (v5
   * [MQTT-4.4.0-1], [MQTT-4.6.0-1]; v3.1.1 [MQTT-4.4.0-1]).
   */
  begin(outlet: Outlet, receiveMaximum: number): void {
    this.#outlet = outlet;
    this.#window = Math.min(this.#options.windowMax, receiveMaximum);
    for (const entry of this.#inFlight.values()) {
      if (entry.awaits === "pubcomp") outlet.send(acknowledgement("pubrel", entry.id));
      else this.#send(entry, outlet, true);
    }
    this.pump();
  }

  /** The connection is gone. */
  pause(): void {
    this.#outlet = undefined;
    for (const entry of this.#inFlight.values()) entry.endByte = Infinity;
  }

  /** The broker has no session for this client: there is nothing to resume. */
  forget(): void {
    this.#inFlight.clear();
  }

  /** Fills the window. */
  pump(): void {
    const outlet = this.#outlet;
    if (outlet === undefined) return;
    while (this.#inFlight.size < this.#window) {
      const message = this.#options.next();
      if (message === undefined) return;
      const entry: InFlight = { id: this.#freeId(), message, awaits: "puback-or-pubrec", endByte: Infinity };
      this.#inFlight.set(entry.id, entry);
      this.#send(entry, outlet, false);
    }
  }

  puback(id: number, code: number, reasonString: string | undefined): void {
    const entry = this.#inFlight.get(id);
    if (entry?.message.qos !== 1) return;
    this.#drop(entry);
    if (code >= 0x80) return entry.message.refused(code, reasonString);
    entry.message.acknowledged();
    entry.message.completed();
  }

  /** Gives whether a PUBREL has to follow. */
  pubrec(id: number, code: number, reasonString: string | undefined): boolean {
    const entry = this.#inFlight.get(id);
    if (entry?.message.qos !== 2) return code < 0x80;
    if (code >= 0x80) {
      this.#drop(entry);
      entry.message.refused(code, reasonString);
      return false;
    }
    if (entry.awaits === "puback-or-pubrec") {
      entry.awaits = "pubcomp";
      entry.message.acknowledged();
    }
    return true;
  }

  pubcomp(id: number): void {
    const entry = this.#inFlight.get(id);
    if (entry?.awaits !== "pubcomp") return;
    this.#drop(entry);
    entry.message.completed();
  }

  /** Messages that the broker has not acknowledged, of which it has got all bytes if it has got `bytes`. */
  unacknowledged(bytes: number): InFlight[] {
    return [...this.#inFlight.values()].filter((entry) => isUnacknowledged(entry) && entry.endByte <= bytes);
  }

  #send(entry: InFlight, outlet: Outlet, dup: boolean): void {
    outlet.send(publish(entry.message, entry.id, { version: this.#options.version, dup }));
    entry.endByte = outlet.queuedBytes;
  }

  #drop(entry: InFlight): void {
    entry.awaits = "nothing";
    this.#inFlight.delete(entry.id);
  }

  #freeId(): number {
    do this.#lastId = this.#lastId % messageIdMax + 1; while (this.#inFlight.has(this.#lastId));
    return this.#lastId;
  }
}

/** Whether PUBACK or PUBREC has not come. */
export function isUnacknowledged({ awaits }: InFlight): boolean {
  return awaits === "puback-or-pubrec";
}
