import { createHash } from "node:crypto";

/** Digests by their length in hexadecimal digits. */
const DIGESTS: ReadonlyMap<number, string> = new Map([[64, "sha256"], [40, "sha1"]]);

/**
 * Whether one of `allowed` is the digest of the certificate: SHA-256, or SHA-1 as older tools print it, in
 * hexadecimal of any case and with or without colons (event-grid §3.2).
 *
 * SHA-1 serves here against a second preimage, which nobody can find; who can make two certificates of one digest
 * would have to be the one who registers it.
 */
export function hasThumbprint(der: Uint8Array, allowed: readonly string[]): boolean {
  return allowed.map(plainThumbprint).some((thumbprint) => {
    const digest = DIGESTS.get(thumbprint.length);
    return digest !== undefined && createHash(digest).update(der).digest("hex") === thumbprint;
  });
}

/** A thumbprint as it is compared. */
export function plainThumbprint(text: string): string {
  return text.replaceAll(":", "").toLowerCase();
}
