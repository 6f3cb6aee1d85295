import type { Waiter } from "../identifier.ts";
import { type LineLimits, WaitingLine } from "../waiting_line.ts";

/** How much is asked now. */
export interface QueueLoad {
  readonly running: number;
  readonly waiting: number;
}

/**
 * Runs so many pieces of work at once, and lets so many wait, each until a moment of its own. The time that somebody
 * waits counts like the time that the work takes, so that a server which hangs is waited for once and not in rows.
 */
export class TimelyQueue {
  readonly #line: WaitingLine;
  readonly #now: () => number;

  /** @param now a clock that does not jump, in milliseconds */
  constructor(limits: LineLimits, now: () => number) {
    this.#line = new WaitingLine(limits);
    this.#now = now;
  }

  get load(): QueueLoad {
    return { running: this.#line.running, waiting: this.#line.waiting };
  }

  /**
   * Does `work` in its turn; `undefined` if there is no more room, its turn comes after `deadline`, or `waiter` is gone
   * before.
   */
  async run<T>(work: () => Promise<T>, deadline: number, waiter?: Waiter): Promise<T | undefined> {
    const place = this.#line.take(waiter);
    if (!(place instanceof Promise ? await place : place)) return undefined;
    try {
      return this.#now() < deadline ? await work() : undefined;
    } finally {
      this.#line.free();
    }
  }
}
