/** Resources by what they refer to. */
export class Referrers<Resource> {
  readonly #byKey = new Map<string, Map<string, Resource>>();

  /** Those that refer to what has a key. */
  of(key: string): Iterable<Resource> {
    return this.#byKey.get(key)?.values() ?? [];
  }

  /** @param own the key of the resource that refers to `key` */
  add(key: string, own: string, resource: Resource): void {
    const known = this.#byKey.get(key) ?? new Map<string, Resource>();
    this.#byKey.set(key, known.set(own, resource));
  }

  remove(key: string, own: string): void {
    const known = this.#byKey.get(key);
    known?.delete(own);
    if (known?.size === 0) this.#byKey.delete(key);
  }
}
