/**
 * The order of what the clients saw. They all live in one thread, so that one count of events orders them: what a
 * client sent after another client had got an acknowledgement reached the broker after it had given it.
 */
export class Clock {
  #events = 0;

  /** The number of this event; the first is 1. */
  next(): number {
    this.#events += 1;
    return this.#events;
  }
}
