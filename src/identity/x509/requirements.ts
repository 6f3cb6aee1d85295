/** What a single certificate must be, whoever issued it (RFC 5280 §4.2, §6.1). */
import { anyExtendedKeyUsage, id_kp_clientAuth, KeyUsageFlags } from "@peculiar/asn1-x509";
import type { Certificate } from "./certificate.ts";
import { CertificateFault } from "./fault.ts";

/**
 * What a client's own certificate must be, with a CA or by its thumbprint.
 *
 * @param now milliseconds since 1970
 * @throws {CertificateFault}
 */
export function assertClientCertificate(certificate: Certificate, now: number): void {
  assertUsable(certificate, "client certificate", now);
  const { keyUsage } = certificate.extensions;
  // The proof of the key is a signature in TLS 1.3, and with the suites we take in 1.2.
  if (keyUsage !== undefined && (keyUsage & KeyUsageFlags.digitalSignature) === 0) {
    throw new CertificateFault("key-usage", "the client certificate's key may not sign");
  }
}

/**
 * What the client's own certificate must be besides when a CA vouches for it: whoever is a CA could otherwise pass
 * for any client by the names that it gives itself.
 *
 * @throws {CertificateFault}
 */
export function assertNoAuthority({ extensions }: Certificate): void {
  if (extensions.basicConstraints?.ca === true) {
    throw new CertificateFault("basic-constraints", "the client certificate is that of a CA");
  }
}

/**
 * What the certificate of a CA must be, registered or presented.
 *
 * @param below how many CAs stand between this one and the client
 * @throws {CertificateFault}
 */
export function assertAuthority(certificate: Certificate, below: number, now: number): void {
  assertUsable(certificate, "CA certificate", now);
  const { keyUsage, basicConstraints } = certificate.extensions;
  if (basicConstraints?.ca !== true) {
    throw new CertificateFault("basic-constraints", "a certificate in the chain is not that of a CA");
  }
  if (keyUsage !== undefined && (keyUsage & KeyUsageFlags.keyCertSign) === 0) {
    throw new CertificateFault("key-usage", "a CA's key may not sign certificates");
  }
  if (basicConstraints.pathLength !== undefined && below > basicConstraints.pathLength) {
    throw new CertificateFault("path-length", "there are more CAs below one than it allows");
  }
}

function assertUsable({ notBefore, notAfter, extensions }: Certificate, what: string, now: number): void {
  if (now < notBefore) throw new CertificateFault("not-yet-valid", `the ${what} is not yet valid`);
  if (now > notAfter) throw new CertificateFault("expired", `the ${what} has expired`);
  const [unknown] = extensions.unknownCritical;
  if (unknown !== undefined) {
    throw new CertificateFault(
      "unknown-critical-extension",
      `the ${what} has an unknown critical extension: ${unknown}`,
    );
  }
  const usages = extensions.extendedKeyUsage;
  if (usages !== undefined && !usages.includes(id_kp_clientAuth) && !usages.includes(anyExtendedKeyUsage)) {
    throw new CertificateFault("extended-key-usage", `the ${what} is not for client authentication`);
  }
}
