import type { ConnectedClient } from "./connected_clients.ts";

/** Clients that are looked at in one turn; each costs half a microsecond. */
const PER_TURN_MAX = 1000;

/** What a sweep goes over. */
export interface SweepOptions {
  readonly all: () => Iterable<ConnectedClient>;
  readonly isForbidden: (client: ConnectedClient) => boolean;
  readonly found: (clients: readonly ConnectedClient[]) => void;
  /** Calls the core and carries out what comes of it. */
  readonly inTurn: (call: () => void) => void;
}

/** Looks for clients that come from where nobody may come any more, in turns, so that nobody is kept waiting. */
export class AddressSweep {
  readonly #options: SweepOptions;
  #left: Iterator<ConnectedClient> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SweepOptions) {
    this.#options = options;
  }

  /** Looks at the first clients at once, and at the others in the turns to come; once more from the first if need be. */
  begin(): void {
    clearTimeout(this.#timer);
    this.#left = this.#options.all()[Symbol.iterator]();
    this.#next();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#left = undefined;
  }

  #next(): void {
    const { isForbidden, found, inTurn } = this.#options;
    const forbidden: ConnectedClient[] = [];
    for (let left = PER_TURN_MAX; left > 0; left--) {
      const next = this.#left?.next();
      if (next === undefined || next.done === true) {
        this.#left = undefined;
        break;
      }
      if (isForbidden(next.value)) forbidden.push(next.value);
    }
    if (forbidden.length > 0) found(forbidden);
    if (this.#left !== undefined) this.#timer = setTimeout(() => inTurn(() => this.#next()), 0);
  }
}
