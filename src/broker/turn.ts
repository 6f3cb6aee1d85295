import { clearImmediate, setImmediate } from "node:timers";

/** What the turns of the event loop have the core do. */
export interface TurnCalls {
  /** Once at the end of each turn in which the core was given something. */
  flush(now: number): void;
  /** In the turn after one in which work was left. */
  resume(now: number): void;
  /** At the moment that was asked for. */
  tick(now: number): void;
}

/** setTimeout takes no longer delays; what is due later is asked for again. */
const DELAY_MAX = 2 ** 31 - 1;

/**
 * Turns of the event loop, as the core needs them: every input of one turn is followed by one flush, so that each
 * connection gets one write for all that the turn has for it.
 */
export class Turn {
  readonly #calls: TurnCalls;
  readonly #flush = (): void => this.#onFlush();
  readonly #resume = (): void => this.#onResume();
  readonly #tick = (): void => this.#onTick();
  #flushing = false;
  #immediate: ReturnType<typeof setImmediate> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(calls: TurnCalls) {
    this.#calls = calls;
  }

  /**
   * Milliseconds of the clock that the core is given. Monotonic, and beginning where the wall clock was when the
   * process started, so that moments before that have numbers too.
   */
  now(): number {
    return Math.floor(performance.timeOrigin + performance.now());
  }

  /** Something was given to the core in this turn. */
  end(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(this.#flush);
  }

  /** The core has work left for the next turn. Sockets are served before it. */
  more(): void {
    this.#immediate ??= setImmediate(this.#resume);
  }

  /** The core wants its tick at `at`, which is earlier than what it wanted before. */
  wake(at: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      this.#tick,
      Math.min(Math.max(at - performance.timeOrigin - performance.now(), 0), DELAY_MAX),
    );
  }

  /** Nothing is called any more. */
  stop(): void {
    this.#flushing = true;
    clearTimeout(this.#timer);
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
  }

  #onFlush(): void {
    this.#flushing = false;
    this.#calls.flush(this.now());
  }

  #onResume(): void {
    this.#immediate = undefined;
    this.#calls.resume(this.now());
    this.end();
  }

  #onTick(): void {
    this.#calls.tick(this.now());
    this.end();
  }
}
