import { createHash, randomBytes } from "node:crypto";
import type { AuditEntry } from "./admin/ports.ts";

/** What an operator may do: everything, or read. */
export const operatorRoles = ["full", "read-only"] as const;
export type OperatorRole = typeof operatorRoles[number];

/** Who manages the broker. */
export interface Operator {
  readonly role: OperatorRole;
  /** The id of the token that says so; `environment` for one that was given at the start. */
  readonly id: string;
  /** What else says so, and then `id` is the name in it; absent for a token of ours. */
  readonly proof?: "certificate" | "oidc";
}

/** How the audit log names an operator. */
export function operatorText({ id, proof }: Operator): string {
  return `${proof ?? "token"} ${id}`;
}

/** A token as it is kept: whoever reads the store cannot use it. */
export interface StoredToken {
  /** Names it; says nothing of the token. */
  readonly id: string;
  /** One of `operatorRoles`; anything else, of a newer version, lets nobody in. */
  readonly role: string;
  readonly description: string;
  /** SHA-256 of the token, in hexadecimal: it is random, so nothing slower is needed. */
  readonly hash: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** Unix milliseconds; `undefined` while it holds. */
  readonly revokedAt: number | undefined;
}

/** Where tokens outlive the process. */
export interface OperatorTokenStore {
  /** Every token that was ever put, revoked ones too. */
  load(): Promise<Iterable<StoredToken>>;
  /**
   * Makes a token durable, in place of the one that has its id, and with it what the audit log says of it.
   *
   * @throws if they are not; then neither is
   */
  put(token: StoredToken, entries?: readonly AuditEntry[]): Promise<void>;
}

/** What the tokens are opened with. */
export interface OperatorTokensOptions {
  readonly store: OperatorTokenStore;
  /** The value of `HELIOGRAPH_OPERATOR_TOKEN`; with it none is made. */
  readonly given?: string | undefined;
  /** Unix milliseconds. */
  readonly now?: () => number;
}

/** A token as operators see it. */
export type ListedToken = Omit<StoredToken, "hash">;

/** What a new token is to be. */
export interface NewToken {
  readonly role: OperatorRole;
  readonly description: string;
}

/**
 * `HELIOGRAPH_OPERATOR_TOKEN` cannot be sent in a header, or could be guessed. The operator is at fault; the command
 * line ends with 78.
 */
export class OperatorTokenUnusable extends Error {
  override readonly name = "OperatorTokenUnusable";
  readonly code = "operator-token-unusable";

  constructor() {
    super(
      `Cannot use HELIOGRAPH_OPERATOR_TOKEN: use ${GIVEN_MIN} or more letters, digits and - . _ ~ + /, without spaces`,
    );
  }
}

/** How a token may look. RFC 6750 §2.1, `b64token`. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
const AUTHORIZATION = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i;
/** RFC 7519 §3: none of our own tokens looks like this. */
const WEB_TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const PREFIX = "hgo_";
const SECRET_BYTES = 32;
const ID_BYTES = 4;
/** Characters of a token that is given: it opens everything, and guesses are not counted. */
const GIVEN_MIN = 16;
/** The token of the environment; no id that is made looks like it. */
const GIVEN_ID = "environment";

/**
 * The tokens that let operators in, read in memory. The tokens themselves are nowhere: each is told once, when it is
 * made.
 */
export class OperatorTokens {
  /**
   * The token that was made since the store never had one, to be told to whoever started the broker; `undefined` at
   * every other start.
   */
  readonly made: string | undefined;
  readonly #store: OperatorTokenStore;
  readonly #now: () => number;
  readonly #byId: Map<string, StoredToken>;
  readonly #byHash = new Map<string, Operator>();

  private constructor(
    { store, now = Date.now }: OperatorTokensOptions,
    tokens: Iterable<StoredToken>,
    made: string | undefined,
  ) {
    this.#store = store;
    this.#now = now;
    this.#byId = new Map([...tokens].map((token) => [token.id, token]));
    this.made = made;
    for (const token of this.#byId.values()) this.#admit(token);
  }

  /**
   * The tokens of a store. In one that never had a token, the first is made.
   *
   * @throws {OperatorTokenUnusable} if the token that is given cannot be sent or is short
   * @throws what the store throws
   */
  static async open(options: OperatorTokensOptions): Promise<OperatorTokens> {
    const { store, given, now = Date.now } = options;
    if (given !== undefined && !(TOKEN.test(given) && given.length >= GIVEN_MIN)) {
      throw new OperatorTokenUnusable();
    }
    const tokens = [...await store.load()];
    if (given !== undefined) {
      const opened = new OperatorTokens(options, tokens, undefined);
      opened.#byHash.set(hashOf(given), { id: GIVEN_ID, role: "full" });
      return opened;
    }
    if (tokens.length > 0) return new OperatorTokens(options, tokens, undefined);
    const first = newToken({ role: "full", description: "made at the first start" }, now());
    await store.put(first.stored);
    return new OperatorTokens(options, [first.stored], first.token);
  }

  /** Whom an `Authorization` header names; `undefined` for one that is unknown, revoked, or of another scheme. */
  operatorOf(authorization: string | undefined): Operator | undefined {
    const token = bearerOf(authorization ?? "");
    return token === undefined ? undefined : this.#byHash.get(hashOf(token));
  }

  /** Every token of the store, revoked ones too, without their hashes. */
  list(): ListedToken[] {
    return [...this.#byId.values()].map(withoutHash);
  }

  /**
   * Makes a token, which is told this once.
   *
   * @param entryOf what the audit log says of it
   * @throws what the store throws; there is no token then
   */
  async create(
    wanted: NewToken,
    entryOf?: (made: ListedToken) => AuditEntry,
  ): Promise<{ token: string; stored: ListedToken }> {
    const { token, stored } = newToken(wanted, this.#now());
    const made = withoutHash(stored);
    await this.#store.put(stored, entryOf && [entryOf(made)]);
    this.#byId.set(stored.id, stored);
    this.#admit(stored);
    return { token, stored: made };
  }

  /**
   * Makes a token hold no longer; false if there is none of the id that holds.
   *
   * @param entry what the audit log says of it
   * @throws what the store throws; the token holds then
   */
  async revoke(id: string, entry?: AuditEntry): Promise<boolean> {
    const token = this.#byId.get(id);
    if (token === undefined || token.revokedAt !== undefined) return false;
    const revoked = { ...token, revokedAt: this.#now() };
    await this.#store.put(revoked, entry && [entry]);
    this.#byId.set(id, revoked);
    this.#byHash.delete(token.hash);
    return true;
  }

  #admit({ id, role, hash, revokedAt }: StoredToken): void {
    if (revokedAt === undefined && isRole(role)) this.#byHash.set(hash, { id, role });
  }
}

/** The token of an `Authorization` header; `undefined` if the header is of another scheme. */
function bearerOf(authorization: string): string | undefined {
  return AUTHORIZATION.exec(authorization)?.[1];
}

/** The token of an `Authorization` header that is a JSON Web Token of somebody else's, and none of ours. */
export function webTokenOf(authorization: string): string | undefined {
  const token = bearerOf(authorization);
  return token !== undefined && WEB_TOKEN.test(token) ? token : undefined;
}

function newToken({ role, description }: NewToken, now: number): { token: string; stored: StoredToken } {
  const token = PREFIX + randomBytes(SECRET_BYTES).toString("base64url");
  const id = randomBytes(ID_BYTES).toString("hex");
  return {
    token,
    stored: { id, role, description, hash: hashOf(token), createdAt: now, revokedAt: undefined },
  };
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

function isRole(text: string): text is OperatorRole {
  return operatorRoles.some((role) => role === text);
}

function withoutHash({ hash: _, ...rest }: StoredToken): ListedToken {
  return rest;
}
