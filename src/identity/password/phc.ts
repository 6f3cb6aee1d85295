import { Buffer } from "node:buffer";

/** How much work a hash is (RFC 7914 §2). */
export interface ScryptCost {
  /** The binary logarithm of N. */
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

/** A hash, taken apart. */
export interface ScryptHash extends ScryptCost {
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

/** The PHC string format, with the parameters that everybody writes for scrypt. */
const FORM =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;
/** 128 · N · r bytes are needed to check a hash; whoever brings a larger one wants us to be out of memory. */
const MEMORY_BYTES_MAX = 256 * 1024 * 1024;
/** N · r · p is the work; 64 times ours. */
const WORK_MAX = 1 << 26;

/** Writes `$scrypt$ln=14,r=8,p=5$<salt>$<hash>`, Base64 without padding. */
export function formatHash({ logN, r, p, salt, hash }: ScryptHash): string {
  return `$scrypt$ln=${logN},r=${r},p=${p}$${base64(salt)}$${base64(hash)}`;
}

/** Reads what `formatHash` writes; `undefined` for anything else, and for a hash that would be too much work. */
export function parseHash(text: string): ScryptHash | undefined {
  const [, logN, r, p, salt = "", hash = ""] = FORM.exec(text) ?? [];
  const cost = { logN: Number(logN), r: Number(r), p: Number(p) };
  if (!isBearable(cost)) return undefined;
  return { ...cost, salt: Buffer.from(salt, "base64"), hash: Buffer.from(hash, "base64") };
}

function isBearable({ logN, r, p }: ScryptCost): boolean {
  if (!(logN >= 1 && logN <= 24 && r >= 1 && p >= 1)) return false;
  return 128 * 2 ** logN * r <= MEMORY_BYTES_MAX && 2 ** logN * r * p <= WORK_MAX;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replaceAll("=", "");
}
