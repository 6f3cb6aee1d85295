/** How many attempts somebody has, and how fast they come back. */
export interface AttemptLimits {
  /** In a row. */
  readonly burst: number;
  readonly perSecond: number;
  /** Counts that are kept; the one unused for longest makes room. */
  readonly keysMax: number;
}

interface Bucket {
  attempts: number;
  /** When `attempts` was right, in milliseconds. */
  at: number;
}

/**
 * Limits attempts that fail. Each is taken when it begins, so that many at once are as many, and given back when it
 * succeeds.
 */
export class AttemptLimiter {
  readonly #limits: AttemptLimits;
  readonly #now: () => number;
  /** The one unused for longest first. */
  readonly #buckets = new Map<string, Bucket>();

  /** @param now a clock that does not jump, in milliseconds */
  constructor(limits: AttemptLimits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Takes an attempt; `false` if there is none left. */
  take(key: string): boolean {
    const bucket = this.#filled(key);
    if (bucket.attempts < 1) return false;
    bucket.attempts -= 1;
    return true;
  }

  /** Gives an attempt back that did not fail. */
  giveBack(key: string): void {
    const bucket = this.#filled(key);
    bucket.attempts += 1;
    if (bucket.attempts >= this.#limits.burst) this.#buckets.delete(key);
  }

  #filled(key: string): Bucket {
    const { burst, perSecond, keysMax } = this.#limits;
    const now = this.#now();
    const { attempts, at } = this.#buckets.get(key) ?? { attempts: burst, at: now };
    const bucket = { attempts: Math.min(burst, attempts + perSecond * (now - at) / 1000), at: now };
    this.#buckets.delete(key);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size >= keysMax && oldest !== undefined) this.#buckets.delete(oldest);
    this.#buckets.set(key, bucket);
    return bucket;
  }
}
