import { Buffer } from "node:buffer";
import { CertificateFault } from "./fault.ts";

/**
 * Takes the DER out of PEM, also where all line feeds are gone: the sample scripts upload certificates like that
 * (event-grid §3.2). Text around the blocks is ignored, as RFC 7468 §2 has it.
 *
 * @param label what the blocks hold, such as `CERTIFICATE`; blocks of another label are ignored
 * @throws {CertificateFault} `malformed` if there is no such block, or one is not Base64
 */
export function readPem(text: string, label: "CERTIFICATE" | "X509 CRL"): Uint8Array[] {
  const block = new RegExp(`-----BEGIN ${label}-----([^-]*)-----END ${label}-----`, "g");
  const blocks = Array.from(text.matchAll(block), ([, body = ""]) => body.replaceAll(/\s/g, ""));
  if (blocks.length === 0) {
    throw new CertificateFault("malformed", `the text holds no PEM block of a ${label}`);
  }
  return blocks.map((base64) => {
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) {
      throw new CertificateFault("malformed", `the ${label} in the PEM block is not Base64`);
    }
    return new Uint8Array(Buffer.from(base64, "base64"));
  });
}
