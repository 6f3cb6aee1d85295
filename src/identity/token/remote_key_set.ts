import { z } from "zod";
import {
  type Fetch,
  fetchBounded,
  type FetchBounds,
  FetchFault,
  type FetchFaultCode,
} from "../bounded_fetch.ts";
import { AttemptLimiter, type AttemptLimits } from "../rate_limit.ts";
import { KeysUnavailable } from "./fault.ts";
import type { PresentedToken } from "./token.ts";
import { readJwk, type VerificationKey } from "./verification_key.ts";

/** How often keys are fetched, how long they count, and how much may be fetched. */
export interface KeySetLimits extends FetchBounds {
  readonly keysMax: number;
  /**
   * Keys are fetched again after so many milliseconds, and whoever comes then waits for it: a key that was withdrawn
   * ends here. After a fetch in vain those that are there are used for so long again, and nobody waits.
   */
  readonly freshFor: number;
  /** Without an answer keys count for so many milliseconds: a key that was withdrawn ends then at the latest. */
  readonly usableFor: number;
  /** Fetches in a row, and how fast they come back: unknown key identifiers must not make us ask all the time. */
  readonly fetches: Omit<AttemptLimits, "keysMax">;
}

export const KEY_SET_LIMITS: KeySetLimits = {
  milliseconds: 5_000,
  bytesMax: 1024 * 1024,
  keysMax: 100,
  freshFor: 5 * 60_000,
  usableFor: 60 * 60_000,
  fetches: { burst: 5, perSecond: 0.1 },
};

/** What came of fetching a key set; stable, for metrics. */
export type KeySetOutcome = "fetched" | FetchFaultCode | "status" | "no-key-set";

/** What a key set is made of. */
export interface KeySetOptions {
  readonly url: string;
  readonly fetch: Fetch;
  readonly limits: KeySetLimits;
  /** Told of each fetch once it is over. */
  readonly onFetch?: ((outcome: KeySetOutcome) => void) | undefined;
  /** A clock that does not jump, in milliseconds. */
  readonly now: () => number;
}

interface Fetched {
  readonly keys: readonly VerificationKey[];
  readonly at: number;
}

const keySetSchema = z.object({ keys: z.array(z.unknown()) });

/**
 * The keys of an issuer (RFC 7517 §5), kept and fetched again.
 *
 * A token that names a key which is not there makes it look again, so that a new key works at once; tokens only ever
 * name keys, where they are is the operator's word.
 */
export class RemoteKeySet {
  readonly #options: KeySetOptions;
  readonly #limiter: AttemptLimiter;
  #fetched: Fetched | undefined;
  #fetching: Promise<void> | undefined;
  /** When the last fetch ended, whatever came of it. */
  #triedAt = -Infinity;
  #fault = "";

  constructor(options: KeySetOptions) {
    this.#options = options;
    this.#limiter = new AttemptLimiter({ ...options.limits.fetches, keysMax: 1 }, options.now);
  }

  /**
   * The keys that a token may be signed with: the one that it names, or the only one there is.
   *
   * @throws {KeysUnavailable} if there are none at all
   */
  async find(token: PresentedToken): Promise<readonly VerificationKey[]> {
    await this.#renewAged();
    const found = this.#match(token);
    if (found.length > 0) return found;
    await this.#fetch();
    return this.#match(token);
  }

  async #renewAged(): Promise<void> {
    const { limits: { usableFor, freshFor }, now } = this.#options;
    if (this.#age() < freshFor) return;
    const fetching = this.#fetch();
    if (this.#age() >= usableFor || now() - this.#triedAt >= freshFor) await fetching;
  }

  #age(): number {
    return this.#fetched === undefined ? Infinity : this.#options.now() - this.#fetched.at;
  }

  #match({ kid, algorithm }: PresentedToken): readonly VerificationKey[] {
    if (this.#fetched === undefined || this.#age() >= this.#options.limits.usableFor) {
      throw new KeysUnavailable(`the issuer's keys cannot be had: ${this.#fault}`);
    }
    const able = this.#fetched.keys.filter((key) => key.algorithm === algorithm);
    if (kid !== undefined) return able.filter((key) => key.kid === kid).slice(0, 1);
    return able.length === 1 ? able : [];
  }

  /** One fetch at a time, for everybody who waits; none if there were too many. */
  #fetch(): Promise<void> {
    if (this.#fetching !== undefined) return this.#fetching;
    if (this.#limiter.take("") !== "taken") return Promise.resolve();
    this.#fetching = this.#fetchOnce().finally(() => this.#fetching = undefined);
    return this.#fetching;
  }

  async #fetchOnce(): Promise<void> {
    const outcome = await this.#renew();
    this.#triedAt = this.#options.now();
    this.#limiter.useUp("");
    this.#options.onFetch?.(outcome);
  }

  async #renew(): Promise<KeySetOutcome> {
    const { url, fetch, limits, now } = this.#options;
    try {
      const { status, body } = await fetchBounded(
        fetch,
        { url, headers: { accept: "application/json" } },
        limits,
      );
      if (status !== 200) {
        this.#fault = `it answers with the status ${status}`;
        return "status";
      }
      this.#fetched = { keys: await readKeys(body, limits.keysMax), at: now() };
      return "fetched";
    } catch (error) {
      const isFetch = error instanceof FetchFault;
      this.#fault = isFetch ? `it ${error.message}` : "it answers with what is no key set";
      return isFetch ? error.code : "no-key-set";
    }
  }
}

async function readKeys(body: Uint8Array, keysMax: number): Promise<readonly VerificationKey[]> {
  const { keys } = keySetSchema.parse(JSON.parse(new TextDecoder().decode(body)));
  const read = await Promise.all(keys.slice(0, keysMax).map(readJwk));
  return read.filter((key) => key !== undefined);
}
