/** Why a certificate is not accepted. Stable, for logs and tests. */
export type CertificateFaultCode =
  | "malformed"
  | "version"
  | "not-yet-valid"
  | "expired"
  | "unknown-critical-extension"
  | "key-usage"
  | "extended-key-usage"
  | "basic-constraints"
  | "path-length"
  | "name-constraints"
  | "algorithm"
  | "signature"
  | "revoked"
  | "revocation-list"
  | "issuer-unknown"
  | "too-many";

/** A certificate, or a chain of them, that is not accepted; whoever presented it is at fault. */
export class CertificateFault extends Error {
  override readonly name = "CertificateFault";
  readonly code: CertificateFaultCode;

  /** @param message what is wrong, beginning with what it is wrong of: `the certificate is …` */
  constructor(code: CertificateFaultCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Runs what may fail on bytes from a stranger, and blames them for it. */
export function blamed<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof CertificateFault) throw cause;
    throw new CertificateFault("malformed", `${what} cannot be read`, { cause });
  }
}
