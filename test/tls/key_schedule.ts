import { Buffer } from "node:buffer";
import { createCipheriv, createDecipheriv, createHash, createHmac } from "node:crypto";

/** The key schedule of TLS 1.3 (RFC 8446 §7.1) for TLS_AES_128_GCM_SHA256. */

const HASH_BYTES = 32;
const KEY_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function transcriptHash(messages: readonly Uint8Array[]): Buffer {
  const hash = createHash("sha256");
  for (const message of messages) hash.update(message);
  return hash.digest();
}

export function hmac(key: Uint8Array, data: Uint8Array): Buffer {
  return createHmac("sha256", key).update(data).digest();
}

/** HKDF-Expand-Label (RFC 8446 §7.1). */
export function expandLabel(secret: Uint8Array, label: string, context: Uint8Array, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([
    Buffer.of(length >> 8, length & 0xff, name.length),
    name,
    Buffer.of(context.length),
    context,
  ]);
  return hmac(secret, Buffer.concat([info, Buffer.of(1)])).subarray(0, length);
}

const NOTHING = new Uint8Array(0);

function derive(secret: Uint8Array, label: string, messages: readonly Uint8Array[]): Buffer {
  return expandLabel(secret, label, transcriptHash(messages), HASH_BYTES);
}

/** Both directions' secrets of one stage, and what the next stage is made from. */
export interface StageSecrets {
  readonly client: Buffer;
  readonly server: Buffer;
  readonly next: Buffer;
}

/** What everything begins with: nothing, or the key of a session that is resumed. */
function earlySecret(resumed: Uint8Array | undefined): Buffer {
  return hmac(new Uint8Array(HASH_BYTES), resumed ?? new Uint8Array(HASH_BYTES));
}

/**
 * Proves that a ticket's key is known (RFC 8446 §4.2.11.2).
 *
 * @param hello the ClientHello up to the binders
 */
export function binderOf(resumed: Uint8Array, hello: Uint8Array): Buffer {
  return finishedOf(derive(earlySecret(resumed), "res binder", []), [hello]);
}

/** The key of a session that a ticket resumes (RFC 8446 §4.6.1). */
export function resumptionKey(
  master: Uint8Array,
  messages: readonly Uint8Array[],
  nonce: Uint8Array,
): Buffer {
  return expandLabel(derive(master, "res master", messages), "resumption", nonce, HASH_BYTES);
}

/** @param messages ClientHello and ServerHello */
export function handshakeSecrets(
  shared: Uint8Array,
  messages: readonly Uint8Array[],
  resumed?: Uint8Array,
): StageSecrets {
  const early = earlySecret(resumed);
  const secret = hmac(derive(early, "derived", []), shared);
  return {
    client: derive(secret, "c hs traffic", messages),
    server: derive(secret, "s hs traffic", messages),
    next: hmac(derive(secret, "derived", []), new Uint8Array(HASH_BYTES)),
  };
}

/** @param messages everything up to the server's Finished */
export function applicationSecrets(
  master: Uint8Array,
  messages: readonly Uint8Array[],
): Omit<StageSecrets, "next"> {
  return {
    client: derive(master, "c ap traffic", messages),
    server: derive(master, "s ap traffic", messages),
  };
}

/** The verify_data of a Finished (RFC 8446 §4.4.4). */
export function finishedOf(secret: Uint8Array, messages: readonly Uint8Array[]): Buffer {
  return hmac(expandLabel(secret, "finished", NOTHING, HASH_BYTES), transcriptHash(messages));
}

/** Seals or opens the records of one direction (RFC 8446 §5.2, §5.3). */
export class RecordCipher {
  readonly #key: Buffer;
  readonly #iv: Buffer;
  #sequence = 0n;

  constructor(secret: Uint8Array) {
    this.#key = expandLabel(secret, "key", NOTHING, KEY_BYTES);
    this.#iv = expandLabel(secret, "iv", NOTHING, NONCE_BYTES);
  }

  /** A whole record around `content` of the inner type `type`. */
  seal(content: Uint8Array, type: number): Buffer {
    const length = content.length + 1 + TAG_BYTES;
    const header = Buffer.of(23, 3, 3, length >> 8, length & 0xff);
    const cipher = createCipheriv("aes-128-gcm", this.#key, this.#nonce());
    cipher.setAAD(header);
    const sealed = cipher.update(Buffer.concat([content, Buffer.of(type)]));
    return Buffer.concat([header, sealed, cipher.final(), cipher.getAuthTag()]);
  }

  /** The content of a record and its inner type, which stands behind it, before zeros. */
  open(header: Uint8Array, sealed: Uint8Array): { content: Buffer; type: number } {
    const decipher = createDecipheriv("aes-128-gcm", this.#key, this.#nonce());
    decipher.setAAD(header);
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const opened = Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
    let end = opened.length - 1;
    while (opened[end] === 0) end--;
    return { content: opened.subarray(0, end), type: opened[end] ?? 0 };
  }

  #nonce(): Buffer {
    const nonce = Buffer.from(this.#iv);
    nonce.writeBigUInt64BE(nonce.readBigUInt64BE(4) ^ this.#sequence, 4);
    this.#sequence += 1n;
    return nonce;
  }
}
