import type { Pace } from "./pace.ts";

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
/** How long the core may go on with what it put off before sockets are served again, in milliseconds. */
const SLICE = 1;

/**
 * Turns of the event loop, as the core needs them: every input of one turn is followed by one flush, so that each
 * connection gets one write for all that the turn has for it.
 */
export class Turn {
  readonly #pace: Pace;
  readonly #calls: TurnCalls;
  readonly #flush = (): void => this.#onFlush();
  readonly #resume = (): void => this.#onResume();
  readonly #tick = (): void => this.#onTick();
  #flushing = false;
  #resuming = false;
  #more = false;
  #stopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #origin = performance.timeOrigin;
  /** What the clock said when this turn began; `undefined` between turns. */
  #time: number | undefined;

  constructor(pace: Pace, calls: TurnCalls) {
    this.#pace = pace;
    this.#calls = calls;
  }

  /**
   * Milliseconds of the clock that the core is given. Monotonic, and beginning where the wall clock was when the
   * process started, so that moments before that have numbers too. It stands still during a turn.
   */
  now(): number {
    return this.#time ?? Math.floor(this.#origin + performance.now());
  }

  /**
   * Something will be given to the core in this turn. `end` has to follow.
   *
   * @returns what `now` gives until the flush
   */
  begin(): number {
    return this.#time ??= this.now();
  }

  /** It was given. */
  end(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(this.#flush);
  }

  /** The core has work left. Sockets are looked at before it. */
  more(): void {
    this.#more = true;
    if (this.#resuming) return;
    this.#resuming = true;
    this.#pace.rest();
    this.#pace.hold(this.#resume);
  }

  /** The core wants its tick at `at`, which is earlier than what it wanted before. */
  wake(at: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      this.#tick,
      Math.min(Math.max(at - this.#origin - performance.now(), 0), DELAY_MAX),
    );
  }

  /** Nothing is called any more. */
  stop(): void {
    this.#flushing = true;
    clearTimeout(this.#timer);
    this.#stopped = true;
  }

  #onFlush(): void {
    const now = this.now();
    this.#flushing = false;
    this.#time = undefined;
    this.#calls.flush(now);
  }

  #onResume(): void {
    if (this.#stopped) return;
    const end = performance.now() + SLICE;
    do {
      this.#more = false;
      this.#calls.resume(this.now());
    } while (this.#more && performance.now() < end);
    this.#resuming = false;
    if (this.#more) this.more();
    this.end();
  }

  #onTick(): void {
    this.#calls.tick(this.now());
    this.end();
  }
}
