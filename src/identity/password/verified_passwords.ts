import { createHmac, randomBytes } from "node:crypto";

/** Each entry is some 100 bytes. */
const ENTRIES_MAX = 65_536;

/**
 * Remembers which passwords were right, so that a fleet that comes back does not have to be hashed again.
 *
 * What is kept is a digest under a key that ends with the process: good for nothing to whoever has the store, and to
 * whoever has the process's memory no more than what passes through it anyway.
 */
export class VerifiedPasswords {
  readonly #key = randomBytes(32);
  /** The one unused for longest first. */
  readonly #known = new Set<string>();

  /** Whether this password was right for this very hash; a new password has a new one. */
  has(password: Uint8Array, hash: string): boolean {
    const digest = this.#digest(password, hash);
    if (!this.#known.delete(digest)) return false;
    this.#known.add(digest);
    return true;
  }

  add(password: Uint8Array, hash: string): void {
    const [oldest] = this.#known;
    if (this.#known.size >= ENTRIES_MAX && oldest !== undefined) this.#known.delete(oldest);
    this.#known.add(this.#digest(password, hash));
  }

  #digest(password: Uint8Array, hash: string): string {
    // A hash in its format has no NUL, so that no two pairs give the same bytes.
    return createHmac("sha256", this.#key).update(hash).update("\0").update(password).digest("base64");
  }
}
