import type { Duplex } from "node:stream";
import { type DetailedPeerCertificate, TLSSocket } from "node:tls";
import type { PeerTls } from "../listener.ts";

/** What TLS tells of the peer of `socket`; `undefined` where the bytes are not encrypted. */
export function peerTlsOf(socket: Duplex): PeerTls | undefined {
  return socket instanceof TLSSocket ? new SocketTls(socket) : undefined;
}

/** Asks the socket each time: most peers present nothing, and an idle connection should not hold a chain. */
class SocketTls implements PeerTls {
  readonly #socket: TLSSocket;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
  }

  get certificates(): readonly Uint8Array[] {
    try {
      return chainOf(this.#socket.getPeerCertificate(true));
    } catch {
      // There is one and the runtime cannot read it: that is not the same as none.
      return [new Uint8Array(0)];
    }
  }

  get version(): string {
    return this.#socket.getProtocol() ?? "";
  }

  get serverName(): string | undefined {
    const { servername } = this.#socket as { servername?: string | false | null };
    return servername || undefined;
  }
}

/** The runtime links each certificate to the one behind it, and the last to itself if it is self-signed. */
function chainOf(first: DetailedPeerCertificate | null): Uint8Array[] {
  const chain: Uint8Array[] = [];
  const seen = new Set<DetailedPeerCertificate>();
  for (let next = first; next?.raw !== undefined && !seen.has(next); next = next.issuerCertificate) {
    seen.add(next);
    chain.push(next.raw);
  }
  return chain;
}
