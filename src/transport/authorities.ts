import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { CertificateUnusable } from "./certificates.ts";

/** A CA that a file names, in DER. */
export interface ReadAuthority {
  /** The file, and its place in it. */
  readonly name: string;
  readonly certificate: Uint8Array;
}

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The CAs of a PEM file, one or more.
 *
 * @throws {CertificateUnusable} if it cannot be read, or holds none
 */
export async function readAuthorities(file: string): Promise<ReadAuthority[]> {
  try {
    const blocks = (await readFile(file, "utf8")).match(BLOCK) ?? [];
    if (blocks.length === 0) throw new Error("it holds no certificate in PEM");
    return blocks.map((block, index) => ({
      name: `${file} ${index + 1}`,
      certificate: Uint8Array.from(new X509Certificate(block).raw),
    }));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CertificateUnusable(`Cannot use the CAs of ${file}: ${reason}`, { cause });
  }
}
