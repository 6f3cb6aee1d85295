import { addressOrigin } from "../config/address_origin.ts";
import { textKey } from "../config/text_key.ts";
import type { Credentials } from "./authenticator.ts";
import { attemptRefusal } from "./attempt_refusal.ts";
import { type Identification, type Identifier, NOT_AUTHORIZED, type Waiter } from "./identifier.ts";
import { type Attempt, AttemptLimiter, type AttemptLimits } from "./rate_limit.ts";

/** For one address, whatever it claims. */
export const ADDRESS_ATTEMPTS: AttemptLimits = { burst: 50, perSecond: 1, keysMax: 16_384 };
/** For one name from one address. Another address does not use them up, so nobody can be locked out from afar. */
export const NAME_ATTEMPTS: AttemptLimits = { burst: 10, perSecond: 0.1, keysMax: 16_384 };

/** The ways to prove an identity, and how often one may fail. */
export interface Proofs {
  /** By what cannot be guessed; tried first, and as often as one likes. */
  readonly certificates: Identifier;
  /** By what can. */
  readonly passwords: Identifier;
  readonly addresses?: AttemptLimiter;
  readonly names?: AttemptLimiter;
}

/**
 * Asks the ways to prove an identity in their order, and limits failures. `undefined` where no way applies: such a
 * client is anonymous.
 *
 * Whoever comes with a good certificate comes in, whatever others behind the same address have done; a password is
 * not even looked at any more once there have been too many failures, or it could be found by trying on. An attempt
 * counts as a failure while its password is being checked; whoever is kept out for that reason alone has not failed,
 * and is told to come back (0x88).
 */
export class ProofOfIdentity implements Identifier {
  readonly #certificates: Identifier;
  readonly #passwords: Identifier;
  readonly #addresses: AttemptLimiter;
  readonly #names: AttemptLimiter;

  constructor({ certificates, passwords, addresses, names }: Proofs) {
    this.#certificates = certificates;
    this.#passwords = passwords;
    this.#addresses = addresses ?? new AttemptLimiter(ADDRESS_ATTEMPTS);
    this.#names = names ?? new AttemptLimiter(NAME_ATTEMPTS);
  }

  identify(
    credentials: Credentials,
    waiter?: Waiter,
  ): Identification | undefined | Promise<Identification | undefined> {
    const found = this.#certificates.identify(credentials);
    return found instanceof Promise
      ? found.then((late) => this.#next(late, credentials, waiter))
      : this.#next(found, credentials, waiter);
  }

  #next(
    byCertificate: Identification | undefined,
    credentials: Credentials,
    waiter: Waiter | undefined,
  ): Identification | undefined | Promise<Identification | undefined> {
    if (byCertificate !== undefined) return byCertificate;
    if (!credentials.username || credentials.password === undefined) {
      return this.#passwords.identify(credentials, waiter);
    }
    const origin = addressOrigin(credentials.peer.address);
    const keys = { origin, name: `${origin} ${textKey(credentials.username)}` };
    const attempt = this.#take(keys);
    return attempt === "taken" ? this.#limited(keys, credentials, waiter) : attemptRefusal(attempt);
  }

  #take({ origin, name }: Keys): Attempt {
    const byAddress = this.#addresses.take(origin);
    if (byAddress !== "taken") return byAddress;
    const byName = this.#names.take(name);
    // It was not tried, so it did not fail.
    if (byName !== "taken") this.#addresses.giveBack(origin);
    return byName;
  }

  async #limited(
    { origin, name }: Keys,
    credentials: Credentials,
    waiter: Waiter | undefined,
  ): Promise<Identification | undefined> {
    const found = await this.#passwords.identify(credentials, waiter);
    const failed = found?.identified === false && found.reason === NOT_AUTHORIZED;
    for (const [limiter, key] of [[this.#addresses, origin], [this.#names, name]] as const) {
      if (failed) limiter.useUp(key);
      else limiter.giveBack(key);
    }
    return found;
  }
}

interface Keys {
  readonly origin: string;
  readonly name: string;
}
