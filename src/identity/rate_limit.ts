/** How many attempts somebody has, and how fast they come back. */
export interface AttemptLimits {
  /** In a row. */
  readonly burst: number;
  readonly perSecond: number;
  /** Counts that are kept; the one unused for longest makes room. */
  readonly keysMax: number;
}

/**
 * What came of asking for an attempt.
 *
 * - `taken`: it may begin
 * - `busy`: so many are under way that they could use up all that are left
 * - `exhausted`: too many have failed
 */
export type Attempt = "taken" | "busy" | "exhausted";

interface Bucket {
  attempts: number;
  /** Attempts that are under way: they are taken, and may come back. */
  pending: number;
  /** When `attempts` was right, in milliseconds. */
  at: number;
}

/**
 * Limits attempts that fail. Each is taken when it begins and ends when it is given back or used up, so that guesses
 * which come all at once are not more than those that come one after the other. Whoever finds none left is told which
 * it is: after failures the peer is at fault, and while attempts are merely under way nobody is, and one may come back.
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

  take(key: string): Attempt {
    const bucket = this.#filled(key);
    if (bucket.attempts < 1) return isExhausted(bucket) ? "exhausted" : "busy";
    bucket.attempts -= 1;
    bucket.pending += 1;
    return "taken";
  }

  /** Whether so many have failed that none is left, whatever becomes of those that are under way. Takes none. */
  isExhausted(key: string): boolean {
    return this.#buckets.has(key) && isExhausted(this.#filled(key));
  }

  /** Gives back an attempt that did not fail. */
  giveBack(key: string): void {
    const bucket = this.#filled(key);
    bucket.pending = Math.max(0, bucket.pending - 1);
    bucket.attempts += 1;
    if (bucket.attempts >= this.#limits.burst) this.#buckets.delete(key);
  }

  /** An attempt has failed: it is gone until it comes back with time. */
  useUp(key: string): void {
    const bucket = this.#buckets.get(key);
    if (bucket !== undefined) bucket.pending = Math.max(0, bucket.pending - 1);
  }

  #filled(key: string): Bucket {
    const { burst, perSecond, keysMax } = this.#limits;
    const now = this.#now();
    const { attempts, pending, at } = this.#buckets.get(key) ?? { attempts: burst, pending: 0, at: now };
    const grown = attempts + perSecond * (now - at) / 1000;
    const bucket = { attempts: Math.min(burst - pending, grown), pending, at: now };
    this.#buckets.delete(key);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size >= keysMax && oldest !== undefined) this.#buckets.delete(oldest);
    this.#buckets.set(key, bucket);
    return bucket;
  }
}

function isExhausted({ attempts, pending }: Bucket): boolean {
  return attempts + pending < 1;
}
