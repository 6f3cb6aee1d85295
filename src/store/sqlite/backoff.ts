const FIRST_MS = 100;
const LONGEST_MS = 5000;

/** Waits longer each time, until something succeeds. */
export class Backoff {
  #nextMs = FIRST_MS;
  #wake: (() => void) | undefined;
  #over = false;

  /** Waits; not at all once `end` was called. */
  async pause(): Promise<void> {
    if (this.#over) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#nextMs);
    this.#nextMs = Math.min(2 * this.#nextMs, LONGEST_MS);
    const outer = this.#wake;
    this.#wake = () => {
      outer?.();
      clearTimeout(timer);
      resolve();
    };
    await promise;
  }

  /** It went well: the next wait is a short one. */
  succeed(): void {
    this.#nextMs = FIRST_MS;
    this.#wake = undefined;
  }

  /** Ends every wait, those to come too. */
  end(): void {
    this.#over = true;
    this.#wake?.();
  }
}
