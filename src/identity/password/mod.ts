import type { Credentials } from "../authenticator.ts";
import type { RegisteredUser, UserDirectory } from "../directory.ts";
import {
  type Identification,
  type Identifier,
  notAuthorized,
  unavailable,
  UNKNOWN_CLIENT,
  type Waiter,
} from "../identifier.ts";
import type { PasswordHasher } from "./password_hasher.ts";
import { VerifiedPasswords } from "./verified_passwords.ts";
import { WorkQueue } from "./work_queue.ts";

/** Longer ones are only work for the hash; what the registry takes fits, four bytes a character. */
const PASSWORD_BYTES_MAX = 4096;

/** How much hashing may be asked of us at once. */
export interface PasswordWork {
  /** Hashes at once. */
  readonly runningMax: number;
  /** Beyond it a client is told to come back later (0x88). */
  readonly waitingMax: number;
}

/** One core stays free for everybody else. */
export const PASSWORD_WORK: PasswordWork = {
  runningMax: Math.max(1, navigator.hardwareConcurrency - 1),
  waitingMax: 256,
};

/**
 * Proves identities with user name and password.
 *
 * A name that nobody has costs as much time as one with a wrong password, so that names cannot be found out.
 */
export class PasswordIdentifier implements Identifier {
  readonly #directory: UserDirectory;
  readonly #hasher: PasswordHasher;
  readonly #queue: WorkQueue;
  readonly #verified = new VerifiedPasswords();

  constructor(directory: UserDirectory, hasher: PasswordHasher, work: PasswordWork = PASSWORD_WORK) {
    this.#directory = directory;
    this.#hasher = hasher;
    this.#queue = new WorkQueue(work);
  }

  /** `undefined` without user name or password, or while there is no user at all. */
  identify(
    { username, password }: Credentials,
    waiter?: Waiter,
  ): undefined | Promise<Identification> {
    if (!username || password === undefined || !this.#directory.hasUsers()) return undefined;
    return this.#check(username, password, waiter).catch(() =>
      unavailable("the password could not be checked")
    );
  }

  async #check(
    username: string,
    password: Uint8Array,
    waiter: Waiter | undefined,
  ): Promise<Identification> {
    if (password.length > PASSWORD_BYTES_MAX) return notAuthorized("the password is longer than any may be");
    const user = this.#directory.findUser(username);
    const right = await this.#isRight(password, user?.passwordHash ?? this.#hasher.dummy, waiter);
    if (right === undefined) return unavailable("too many passwords wait to be checked");
    if (user === undefined) return notAuthorized(UNKNOWN_CLIENT);
    if (!right) return notAuthorized("the password is wrong");
    return this.#admit(user);
  }

  /** `undefined` if there is too much to do, or whoever wanted to know is gone. */
  async #isRight(
    password: Uint8Array,
    hash: string,
    waiter: Waiter | undefined,
  ): Promise<boolean | undefined> {
    if (this.#verified.has(password, hash)) return true;
    const right = await this.#queue.run(() => this.#hasher.verify(password, hash), waiter);
    if (right === true) this.#verified.add(password, hash);
    return right;
  }

  /** Looks again: the user may have changed while the password was hashed. */
  #admit({ name, passwordHash }: RegisteredUser): Identification {
    const user = this.#directory.findUser(name);
    if (user === undefined || user.passwordHash !== passwordHash) {
      return notAuthorized("the password was changed");
    }
    if (!user.enabled) return notAuthorized("the user is disabled");
    return {
      identified: true,
      identity: {
        kind: "user",
        authenticationName: user.name,
        authenticationType: "Password",
        source: "UserName",
        authorities: [],
        expiresAt: undefined,
        passwordHash: user.passwordHash,
      },
    };
  }
}
