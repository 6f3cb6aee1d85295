/** How many freed numbers rest before the first of them is taken again. */
const RESTING = 64;

/**
 * The numbers of permission sets: small ones from 1 on, since the core keeps them in a list; 0 is the set that allows
 * everything. A freed number rests before it is taken again, so that whoever should still hold it by mistake holds an
 * emptied set and not somebody else's.
 */
export class SetNumbers {
  readonly #freed: number[] = [];
  #next = 1;

  take(): number {
    const rested = this.#freed.length > RESTING ? this.#freed.shift() : undefined;
    if (rested !== undefined) return rested;
    this.#next += 1;
    return this.#next - 1;
  }

  free(number: number): void {
    this.#freed.push(number);
  }
}
