/** How long a slice may take before sockets are served again, in milliseconds. */
const SLICE = 1;
/** Steps of a slice. Each may end a connection, and a turn of the core begins 64 writes, of which others need some. */
const STEPS_MAX = 32;

/** Where such work has its place between everything else. */
export interface BackgroundOptions {
  /** Calls in a turn to come, once sockets have been looked at. The call may call the core. */
  readonly inTurn: (call: () => void) => void;
  /** A clock that never goes back, in milliseconds. */
  readonly now?: () => number;
}

interface Work {
  readonly steps: Iterator<void>;
  readonly done: () => void;
}

/**
 * Work that is too much for one turn, as a change that touches very many sessions: small steps, done in slices of a
 * millisecond at most, and others are served in between.
 */
export class Background {
  readonly #options: BackgroundOptions;
  readonly #now: () => number;
  /** What is not done; each in its turn has a slice. */
  #works: Work[] = [];
  #waiting = false;

  constructor(options: BackgroundOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * Begins at once, in the turn of whoever calls, and goes on in turns to come.
   *
   * @returns when the last step is done, or nothing is done any more
   */
  run(steps: Iterable<void>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#slice({ steps: steps[Symbol.iterator](), done: resolve });
    return promise;
  }

  /** Leaves what is not done. */
  stop(): void {
    for (const { done } of this.#works) done();
    this.#works = [];
  }

  #slice(work: Work): void {
    const end = this.#now() + SLICE;
    let left = STEPS_MAX;
    do {
      if (work.steps.next().done === true) return work.done();
      left -= 1;
    } while (left > 0 && this.#now() < end);
    this.#works.push(work);
    this.#wait();
  }

  #wait(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#options.inTurn(() => {
      this.#waiting = false;
      const next = this.#works.shift();
      if (next !== undefined) this.#slice(next);
      if (this.#works.length > 0) this.#wait();
    });
  }
}
