/** Whether promises can be kept, and who wants to know. */
export class Health {
  readonly #listeners: ((degraded: string | undefined) => void)[] = [];
  #degraded: string | undefined;

  /** Why nothing can be promised; `undefined` while all is well. */
  get degraded(): string | undefined {
    return this.#degraded;
  }

  watch(listener: (degraded: string | undefined) => void): void {
    this.#listeners.push(listener);
  }

  set(degraded: string | undefined): void {
    if (this.#degraded === degraded) return;
    this.#degraded = degraded;
    for (const listener of this.#listeners) listener(degraded);
  }
}
