/**
 * Runs so many pieces of work at once, lets so many wait, and refuses the rest: what a stranger can ask for must not
 * pile up.
 */
export class WorkQueue {
  readonly #runningMax: number;
  readonly #waitingMax: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor({ runningMax, waitingMax }: { readonly runningMax: number; readonly waitingMax: number }) {
    this.#runningMax = runningMax;
    this.#waitingMax = waitingMax;
  }

  /** How many pieces of work are under way or wait. */
  get size(): number {
    return this.#running + this.#waiting.length;
  }

  /** Does `work` in its turn; `undefined` if there is no more room to wait. */
  async run<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.#running >= this.#runningMax) {
      if (this.#waiting.length >= this.#waitingMax) return undefined;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // Whoever waits takes over the place, so that nobody comes in between.
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
