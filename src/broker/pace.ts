/** What an input costs besides its bytes, in microseconds: a system call and the runtime's way to it and back. */
const INPUT_COST = 10;
/** Bytes that cost a microsecond to parse and route. */
const BYTES_PER_COST = 256;
/** Cost after which sockets are looked at, in microseconds. */
const COST_MAX = 2000;

/** Resolves once the runtime has looked at its sockets. */
export type PollSockets = () => Promise<void>;

/**
 * Makes the runtime look at its sockets while it is busy.
 *
 * Deno's event loop polls them when it has nothing else to do, or once in 61 rounds. A read or write that succeeds at
 * once counts as something to do, so a few busy connections keep the loop from seeing all others: a ping waited
 * 365 ms beside a fan-out to 500 subscribers. So once two milliseconds of work are done, no read or write is begun
 * until the sockets have been looked at.
 */
export class Pace {
  readonly #poll: PollSockets;
  #cost = 0;
  #waiting = false;
  #held: (() => void)[] = [];
  readonly #polled = (): void => this.#onPolled();

  constructor(poll: PollSockets) {
    this.#poll = poll;
  }

  /** Whether reads and writes may be begun. */
  get open(): boolean {
    return !this.#waiting;
  }

  /** Counts one input with its bytes. */
  spend(bytes: number): void {
    this.#cost += INPUT_COST + bytes / BYTES_PER_COST;
    if (this.#cost >= COST_MAX) this.rest();
  }

  /** Lets sockets be looked at before anything else is begun. */
  rest(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#poll().then(this.#polled, this.#polled);
  }

  /** Begins `call` once sockets have been looked at. */
  hold(call: () => void): void {
    this.#held.push(call);
  }

  #onPolled(): void {
    this.#waiting = false;
    this.#cost = 0;
    const held = this.#held;
    this.#held = [];
    for (const call of held) call();
  }
}
