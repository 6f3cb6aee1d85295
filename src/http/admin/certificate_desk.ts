import type { AuditTrail } from "./audit_trail.ts";
import { type AdminAnswer, type AdminRequest, refuseMethod } from "./exchange.ts";
import type { ServerCertificates } from "./ports.ts";

/** Has the certificates of the TLS listeners read again. */
export class CertificateDesk {
  readonly #certificates: ServerCertificates;
  readonly #trail: AuditTrail;

  constructor(certificates: ServerCertificates, trail: AuditTrail) {
    this.#certificates = certificates;
    this.#trail = trail;
  }

  /** Answers with what came of each file; one that cannot be used is left as it was. */
  async reload(request: AdminRequest): Promise<AdminAnswer> {
    if (request.method !== "POST") refuseMethod("POST");
    await this.#trail.enter(request, { action: "reload", target: "certificates" });
    const value = await this.#certificates.reload();
    await this.#trail.enter(request, { action: "reloaded", target: "certificates", after: { value } });
    return { status: 200, body: { value } };
  }
}
