import { createSecureContext, type SecureContext } from "node:tls";
import type { Certificates } from "../certificates.ts";

/** What the runtime calls with the host that a client wants to reach; empty if it names none. */
export type SniCallback = (
  host: string,
  answer: (error: Error | null, context?: SecureContext) => void,
) => void;

/** Certificates of further host names, kept as new as their files. */
export class ServerNames {
  readonly #contexts = new Map<string, SecureContext>();
  readonly #endFollowing: readonly (() => void)[];

  /** @param certificates by host, in lower case */
  constructor(certificates: ReadonlyMap<string, Certificates>) {
    this.#endFollowing = [...certificates].map(([host, ofHost]) => {
      this.#contexts.set(host, createSecureContext(ofHost.context));
      return ofHost.follow({
        setSecureContext: (context) => void this.#contexts.set(host, createSecureContext(context)),
      });
    });
  }

  /**
   * Chooses the certificate of the host that a client asks for. One that is not known gets that of the listener: names
   * are no secret worth a failed handshake, and clients check whom they reach. RFC 6066 §3; RFC 1035 §2.3.3 on case.
   * The dot that ends a whole name is to be left out there, and not every library does.
   */
  readonly choose: SniCallback = (host, answer) => {
    answer(null, this.#contexts.get(host.toLowerCase().replace(/\.$/, "")));
  };

  stop(): void {
    for (const end of this.#endFollowing) end();
  }
}
