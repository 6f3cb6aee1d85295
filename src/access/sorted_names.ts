/** Names in order, for reading them page by page. */
export class SortedNames {
  readonly #names: readonly string[];

  constructor(names: Iterable<string>) {
    this.#names = [...names].sort();
  }

  /** The names behind `after`, which need not be one of them; all if it is not given. */
  *from(after: string | undefined): Iterable<string> {
    const start = after === undefined ? 0 : this.#behind(after);
    for (let index = start; index < this.#names.length; index += 1) yield this.#names[index] ?? "";
  }

  /** The place of the first name that is greater. */
  #behind(name: string): number {
    let [low, high] = [0, this.#names.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#names[middle] ?? "") <= name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
