import type { Waiter } from "./identifier.ts";

/** How much may be done at once. */
export interface LineLimits {
  readonly runningMax: number;
  /** Beyond it whoever comes is sent away at once. */
  readonly waitingMax: number;
}

/** So many places, and a line of those who wait for one; whoever is gone leaves the line. */
export class WaitingLine {
  readonly #limits: LineLimits;
  /** In their order; each is called when its place is free. */
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(limits: LineLimits) {
    this.#limits = limits;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Takes a place, at once if there is one; `false` if there is no more room to wait, or `waiter` is gone before its
   * turn.
   */
  take(waiter?: Waiter): boolean | Promise<boolean> {
    if (waiter?.gone.aborted) return false;
    if (this.#running < this.#limits.runningMax) {
      this.#running += 1;
      return true;
    }
    return this.#waiting.size < this.#limits.waitingMax && this.#wait(waiter?.gone);
  }

  /** Gives a place back: to whoever has waited for longest, so that nobody comes in between. */
  free(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#running -= 1;
    else next();
  }

  #wait(gone: AbortSignal | undefined): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const leave = (hasPlace: boolean): void => {
      this.#waiting.delete(onTurn);
      gone?.removeEventListener("abort", onGone);
      resolve(hasPlace);
    };
    const onTurn = (): void => leave(true);
    const onGone = (): void => leave(false);
    this.#waiting.add(onTurn);
    gone?.addEventListener("abort", onGone);
    return promise;
  }
}
