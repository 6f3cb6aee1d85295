/** Choices that a seed decides, so that a run can be told again: the same seed makes the same choices in the same order. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to, and without, 1. Mulberry32: 32 bits of state are plenty for choosing acts. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  /** A whole number from `least` to `most`, both possible. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** @throws {RangeError} if there is nothing to choose from */
  pick<Item>(from: readonly Item[]): Item {
    const [item] = from.slice(this.whole(0, from.length - 1));
    if (item === undefined) throw new RangeError("Cannot choose from an empty list");
    return item;
  }
}
