import type { OpenRequest } from "./calls.ts";
import type { Ledger } from "./ledger.ts";
import { LogLimit } from "./log_limit.ts";
import { Vacuum } from "./vacuum.ts";

/** How long a liveness mark waits for a commit that takes it along. */
const ALIVE_WAITS_MS = 1000;
/** Between two slices of work, so that commits never wait for more than one. */
const PAUSE_BUSY_MS = 50;
const PAUSE_IDLE_MS = 10;
/** Without a commit for this long, nobody waits for anything. */
const IDLE_AFTER_MS = 250;

/**
 * What the store does of itself between commits: liveness marks, removing what ended sessions left, giving space
 * back, and keeping the log short. A failure here is left to the next commit, which meets it too and reports it.
 */
export class Housekeeping {
  readonly #ledger: Ledger;
  readonly #vacuum: Vacuum;
  readonly #logLimit: LogLimit;
  #aliveAt = 0;
  #aliveTimer: ReturnType<typeof setTimeout> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #committedAt = 0;
  #fresh = false;

  constructor(ledger: Ledger, request: OpenRequest) {
    this.#ledger = ledger;
    this.#vacuum = new Vacuum(ledger.database);
    this.#logLimit = new LogLimit(ledger.database, request);
  }

  /** The liveness mark that the next commit takes along, 0 for none. */
  get aliveAt(): number {
    return this.#aliveAt;
  }

  /** Takes a liveness mark, which is written after a while unless a commit takes it along. */
  alive(wall: number): void {
    this.#aliveAt = wall;
    this.#aliveTimer ??= setTimeout(() => this.#markAlive(), ALIVE_WAITS_MS);
  }

  /** A commit has succeeded, and taken the mark along. */
  committed(): void {
    this.#committedAt = performance.now();
    this.#forgetMark();
    this.wake();
  }

  /** There may be something to do. */
  wake(): void {
    this.#fresh = true;
  }

  /** Does, once the answer is out, what must not wait for a timer, and arms one for the rest. */
  afterAnswer(): void {
    if (!this.#fresh) return;
    this.#fresh = false;
    attempt(() => this.#logLimit.enforce());
    this.#timer ??= setTimeout(() => this.#slice(), PAUSE_BUSY_MS);
  }

  /** Does nothing any more. */
  stop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#aliveTimer);
  }

  /** Writes a mark that still waits. */
  finish(): void {
    if (this.#aliveAt > 0) this.#markAlive();
  }

  #slice(): void {
    this.#timer = undefined;
    const idle = performance.now() - this.#committedAt > IDLE_AFTER_MS;
    const more = attempt(() => this.#ledger.sweep() || this.#giveBack(idle));
    if (more) this.#timer = setTimeout(() => this.#slice(), idle ? PAUSE_IDLE_MS : PAUSE_BUSY_MS);
  }

  /** Gives space back; true if there is more. The file gets shorter when the log is written back. */
  #giveBack(idle: boolean): boolean {
    const left = this.#vacuum.slice(this.#ledger, idle);
    if (left === 0) this.#logLimit.writeBack();
    return left !== undefined && left > 0;
  }

  #markAlive(): void {
    const wall = this.#aliveAt;
    this.#forgetMark();
    attempt(() => this.#ledger.markAlive(wall));
  }

  #forgetMark(): void {
    this.#aliveAt = 0;
    clearTimeout(this.#aliveTimer);
    this.#aliveTimer = undefined;
  }
}

function attempt<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
