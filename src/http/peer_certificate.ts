import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";

/** Whether the peer has presented a certificate, whoever may trust it. */
export function presentsCertificate(socket: Duplex): boolean {
  if (!(socket instanceof TLSSocket)) return false;
  try {
    return socket.getPeerCertificate()?.raw !== undefined;
  } catch {
    // There is one and the runtime cannot read it.
    return true;
  }
}
