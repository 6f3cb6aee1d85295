import { textKey } from "../../config/text_key.ts";
import { textOf } from "./text.ts";
import type { Grant, OpenedSession, Replay, Will } from "./frame/operation.ts";

/** A value under a text, or that there is none any more. */
export interface Named<Value> {
  readonly name: Uint8Array;
  readonly value: Value | undefined;
}

/** What a batch changes of one session: only where each thing ends up, not how it got there. */
export class SessionChange {
  /** Set if the batch opens it, or opens it again with another expiry or principal. */
  opened: OpenedSession | undefined;
  /** When it lost its connection in this batch, after the last `opened`. */
  detachedAt: number | undefined;
  ended = false;
  /** `null` once the will is gone, `undefined` while the batch says nothing of it. */
  will: Will | null | undefined;
  readonly subscriptions = new Map<string, Named<Grant>>();
  readonly replays = new Map<string, Named<Replay>>();
  /** Packet identifiers, and whether each is taken at the end. */
  readonly inbound = new Map<number, boolean>();

  open(opened: OpenedSession): void {
    this.opened = opened;
    this.detachedAt = undefined;
  }

  /** Nothing of what it had counts any more. */
  end(): void {
    this.ended = true;
    this.opened = undefined;
    this.detachedAt = undefined;
    this.will = undefined;
    this.subscriptions.clear();
    this.replays.clear();
    this.inbound.clear();
  }

  setSubscription(filter: Uint8Array, value: Grant | undefined): void {
    this.subscriptions.set(textKey(textOf(filter)), { name: filter, value });
  }

  setReplay(filter: Uint8Array, value: Replay | undefined): void {
    this.replays.set(textKey(textOf(filter)), { name: filter, value });
  }
}
