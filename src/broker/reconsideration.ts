import type { ConnectedClient } from "./connected_clients.ts";

/** Clients that are looked at in one turn: each may have a chain of certificates to be checked. */
const PER_TURN_MAX = 32;

/** Looks at clients again, in turns, so that a change that touches many does not keep the others waiting. */
export class Reconsideration {
  readonly #look: (client: ConnectedClient) => void;
  readonly #inTurn: (call: () => void) => void;
  readonly #waiting = new Set<ConnectedClient>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param inTurn calls the core and carries out what comes of it */
  constructor(look: (client: ConnectedClient) => void, inTurn: (call: () => void) => void) {
    this.#look = look;
    this.#inTurn = inTurn;
  }

  /** Looks at the first of `clients` at once, where nobody waits yet, and at the others in the turns to come. */
  ask(clients: Iterable<ConnectedClient>): void {
    for (const client of clients) this.#waiting.add(client);
    if (this.#timer === undefined) this.#next();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#waiting.clear();
  }

  #next(): void {
    this.#timer = undefined;
    let left = PER_TURN_MAX;
    for (const client of this.#waiting) {
      if (left-- === 0) break;
      this.#waiting.delete(client);
      this.#look(client);
    }
    if (this.#waiting.size > 0) this.#timer = setTimeout(() => this.#inTurn(() => this.#next()), 0);
  }
}
