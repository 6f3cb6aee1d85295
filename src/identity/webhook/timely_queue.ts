/** How much may be asked at once. */
export interface QueueLimits {
  readonly runningMax: number;
  /** Beyond it whoever comes is sent away at once. */
  readonly waitingMax: number;
}

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
  readonly #limits: QueueLimits;
  readonly #now: () => number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** @param now a clock that does not jump, in milliseconds */
  constructor(limits: QueueLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  get load(): QueueLoad {
    return { running: this.#running, waiting: this.#waiting.length };
  }

  /** Does `work` in its turn; `undefined` if there is no more room, or its turn comes after `deadline`. */
  async run<T>(work: () => Promise<T>, deadline: number): Promise<T | undefined> {
    if (this.#running < this.#limits.runningMax) this.#running += 1;
    else if (this.#waiting.length >= this.#limits.waitingMax) return undefined;
    // Whoever is done hands the place over, so that nobody comes in between.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return this.#now() < deadline ? await work() : undefined;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
