/** How often each message of one publisher arrived at one target; counts stop at 255. */
export class Arrivals {
  #counts = new Uint8Array(1024);

  of(sequence: number): number {
    return this.#counts[sequence] ?? 0;
  }

  /** Gives how often it had arrived before. */
  add(sequence: number): number {
    if (sequence >= this.#counts.length) this.#grow(sequence);
    const before = this.of(sequence);
    this.#counts[sequence] = Math.min(before + 1, 255);
    return before;
  }

  #grow(sequence: number): void {
    const larger = new Uint8Array(2 * (sequence + 1));
    larger.set(this.#counts);
    this.#counts = larger;
  }
}
