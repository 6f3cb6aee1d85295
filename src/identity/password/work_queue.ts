import type { Waiter } from "../identifier.ts";
import { type LineLimits, WaitingLine } from "../waiting_line.ts";

/**
 * Runs so many pieces of work at once, lets so many wait, and refuses the rest: what a stranger can ask for must not
 * pile up.
 */
export class WorkQueue {
  readonly #line: WaitingLine;

  constructor(limits: LineLimits) {
    this.#line = new WaitingLine(limits);
  }

  /** How many pieces of work are under way or wait. */
  get size(): number {
    return this.#line.running + this.#line.waiting;
  }

  /** Does `work` in its turn; `undefined` if there is no more room to wait, or `waiter` is gone before its turn. */
  async run<T>(work: () => Promise<T>, waiter?: Waiter): Promise<T | undefined> {
    const place = this.#line.take(waiter);
    if (!(place instanceof Promise ? await place : place)) return undefined;
    try {
      return await work();
    } finally {
      this.#line.free();
    }
  }
}
