import { z } from "zod";
import type { ResourceFault } from "./fault.ts";
import { description, mapping } from "./mapping.ts";
import { decodePem, type PemLabel } from "./pem.ts";

/** A certificate that clients' certificates may lead up to. event-grid: specification §3.2. */
export interface CaCertificateProperties {
  readonly description?: string | undefined;
  /** PEM, as it was written. */
  readonly encodedCertificate: string;
  /** PEM; our extension, Azure has no revocation lists. */
  readonly encodedCertificateRevocationList?: string | undefined;
  readonly issueTimeInUtc: string;
  readonly expiryTimeInUtc: string;
}

/** What is read from a CA certificate when it is registered. */
export interface CertificateFacts {
  /** ISO 8601, as `2026-11-24T08:00:00Z`. */
  readonly issueTimeInUtc: string;
  readonly expiryTimeInUtc: string;
}

/** The bytes of what was registered, each one DER. */
export interface EncodedAuthority {
  readonly certificate: Uint8Array;
  readonly revocationList: Uint8Array | undefined;
}

/** What is wrong with it: the key at fault, and what would be right, as it stands after "use". */
export interface CertificateFault {
  readonly key: "encodedCertificate" | "encodedCertificateRevocationList";
  readonly expected: string;
}

/** Who understands certificates. */
export interface CertificateInspector {
  /**
   * Reads what is to be registered: that it is one certificate of an authority (version 3, allowed to sign), and that
   * the list is signed by it. Never throws: bytes that are no certificate are a fault.
   */
  inspect(encoded: EncodedAuthority): Promise<CertificateFacts | CertificateFault>;
}

/** What the registry is told of a CA certificate. */
export const caCertificateSchema = mapping({
  description,
  encodedCertificate: pem("CERTIFICATE"),
  encodedCertificateRevocationList: pem("X509 CRL").optional(),
}, ["provisioningState", "issueTimeInUtc", "expiryTimeInUtc"]);

export type CaCertificateInput = z.output<typeof caCertificateSchema>;

function pem(label: PemLabel) {
  const error = `one PEM block -----BEGIN ${label}-----`;
  return z.string({ error }).refine((text) => decodePem(text, label) !== undefined, {
    error,
    params: { code: "certificate-invalid" },
  });
}

/** A CA certificate with what stands in it. */
export async function completeCaCertificate(
  input: CaCertificateInput,
  inspector: CertificateInspector,
): Promise<CaCertificateProperties | ResourceFault> {
  const { encodedCertificate, encodedCertificateRevocationList: list } = input;
  const certificate = decodePem(encodedCertificate, "CERTIFICATE") ?? new Uint8Array();
  const revocationList = list === undefined ? undefined : decodePem(list, "X509 CRL");
  const found = await inspector.inspect({ certificate, revocationList });
  if (!("expected" in found)) return { ...input, ...found };
  const { key, expected } = found;
  return { code: "certificate-invalid", path: `properties.${key}`, value: input[key], expected };
}
