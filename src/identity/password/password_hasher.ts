import { Buffer } from "node:buffer";
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { formatHash, parseHash, type ScryptCost, type ScryptHash } from "./phc.ts";

/**
 * 16 MiB and some 0.3 s of one core: of the settings that are held to be equally strong (OWASP, Password Storage) the
 * one that needs the least memory, since several passwords are checked at once.
 */
export const SCRYPT_COST: ScryptCost = { logN: 14, r: 8, p: 5 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** Turns passwords into PHC strings, with scrypt (RFC 7914), off the event loop. */
export class PasswordHasher {
  readonly #cost: ScryptCost;
  /** A hash of nothing that anybody could type, of the same cost as the others. */
  readonly dummy: string;

  constructor(cost: ScryptCost = SCRYPT_COST) {
    this.#cost = cost;
    this.dummy = formatHash({ ...cost, salt: randomBytes(SALT_BYTES), hash: randomBytes(HASH_BYTES) });
  }

  /** A text from which the password can be checked and not read. */
  async hash(password: string | Uint8Array): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    return formatHash({
      ...this.#cost,
      salt,
      hash: await derive(password, { ...this.#cost, salt }, HASH_BYTES),
    });
  }

  /**
   * Whether `hash` was made from `password`; false for what it cannot read, and for a password that ends with NUL: to
   * scrypt, as to the HMAC in it, it would be the same as without.
   */
  async verify(password: string | Uint8Array, hash: string): Promise<boolean> {
    const known = parseHash(hash);
    const last = password.at(-1);
    if (known === undefined || last === 0 || last === "\0") return false;
    return timingSafeEqual(await derive(password, known, known.hash.length), known.hash);
  }
}

function derive(
  password: string | Uint8Array,
  { logN, r, p, salt }: Omit<ScryptHash, "hash">,
  length: number,
): Promise<Buffer> {
  const options = { N: 2 ** logN, r, p, maxmem: 256 * 2 ** logN * r };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, options, (error, key) => error ? reject(error) : resolve(key));
  });
}
