/** The longest that a timer of the runtime can wait, in milliseconds, and far more than a clock should be trusted. */
const WAIT_MAX = 24 * 60 * 60 * 1000;
/** Proofs that end at about the same time are looked at together, this many milliseconds after the first. */
const TOGETHER = 1000;

/** Tells when the first of many moments has come. */
export class ExpiryWatch {
  readonly #onDue: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #at = Infinity;

  /** @param onDue is told once for all moments so far, and says again which of them are still to come */
  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  /** Waits for a moment too, in milliseconds since 1970. */
  await(at: number | undefined): void {
    if (at === undefined || at >= this.#at) return;
    clearTimeout(this.#timer);
    this.#at = at;
    this.#timer = setTimeout(() => this.#due(), Math.min(WAIT_MAX, Math.max(0, at - Date.now()) + TOGETHER));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#at = -Infinity;
  }

  #due(): void {
    this.#at = Infinity;
    this.#onDue();
  }
}
