import type { Server, TlsOptions } from "node:tls";
import type { Certificates } from "../certificates.ts";
import { inheritOrigin } from "../fronted_server.ts";
import { stopReadingWhilePaused } from "./backpressure.ts";
import type { HandshakeGuard } from "./handshake_guard.ts";
import type { ServerNames } from "./server_names.ts";

/** What {@linkcode TlsSecurity} is made of beside a certificate. */
export interface TlsSecurityParts {
  readonly guard: HandshakeGuard;
  /** Certificates of further hosts. */
  readonly names?: ServerNames | undefined;
}

/** What the runtime takes for no timer; 0 would be its default. */
const NO_TIMER = -1;

/** What makes a server of `node:tls` or `node:https` one of ours. */
export class TlsSecurity {
  readonly #certificates: Certificates;
  readonly #guard: HandshakeGuard;
  readonly #names: ServerNames | undefined;

  constructor(certificates: Certificates, { guard, names }: TlsSecurityParts) {
    this.#certificates = certificates;
    this.#guard = guard;
    this.#names = names;
  }

  /**
   * What the server is created with. A client certificate is asked for and never required: whoever has one is judged
   * at CONNECT, where there is an answer to give. There is no `ca`: the runtime would send those along as its own.
   *
   * The time of a handshake is the guard's to measure. The runtime's own timer goes on when a handshake has failed, and
   * holds what was left of it for two minutes, 20 KB each (Deno 2.9.6); a negative time is none.
   */
  get options(): TlsOptions {
    return {
      ...this.#certificates.context,
      ...this.#names === undefined ? {} : { SNICallback: this.#names.choose },
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: NO_TIMER,
    };
  }

  /**
   * Bounds the server's handshakes, makes its sockets stop when they are paused and end when they fail, and keeps its
   * certificate new, until what is returned is called.
   */
  attend(server: Server): () => void {
    const endGuard = this.#guard.attend(server, (socket, bare) => {
      inheritOrigin(socket, bare);
      // The runtime tells of a record that is not genuine, and then leaves the connection as it is.
      socket.on("error", () => socket.destroy());
      if (!stopReadingWhilePaused(socket, bare)) socket.destroy();
    });
    const endFollowing = this.#certificates.follow(server);
    return () => {
      endGuard();
      endFollowing();
    };
  }
}
