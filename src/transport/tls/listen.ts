import type { Server as NetServer } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { isLoopbackAddress, plainAddress } from "../../config/loopback.ts";
import type { Front } from "../front.ts";
import { holdConnections, originOf } from "../fronted_server.ts";
import type { Accept, Listener, Peer } from "../listener.ts";
import { TlsLink } from "./link.ts";
import { peerTlsOf } from "./peer.ts";
import type { TlsSecurity } from "./security.ts";

/**
 * Keeps a server of `node:net` accepting, which at the descriptor limit stops for good.
 *
 * @returns what ends it
 */
export type KeepAccepting = (
  server: NetServer,
  at: { readonly address: string; readonly port: number; readonly onRecovered: () => void },
) => { stop(): void };

/** What a TLS listener is made of. */
export interface TlsListenOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly accept: Accept;
  readonly security: TlsSecurity;
  /** What says of each connection where it comes from, if it comes through a proxy. */
  readonly front?: Front | undefined;
  readonly keepAccepting: KeepAccepting;
  /** Told of faults that an operator should hear of, in words. */
  readonly onWarning: (message: string) => void;
  /** Told of handshakes that came to nothing; anybody can make as many as they like. */
  readonly onHandshakeFailed?: (address: string, reason: string) => void;
}

/** Connections that may wait for us to accept them; the system cuts this to its own maximum. */
const BACKLOG = 4096;
/** RFC 7301, as registered. Whoever offers others only has come to the wrong place; most offer none. */
const APPLICATION_PROTOCOLS = ["mqtt"];

/**
 * Listens for MQTT over TLS.
 *
 * On `node:tls`: the runtime's own `Deno.listenTls` cannot ask for a client certificate, cannot switch Nagle off and
 * cannot change its certificate.
 *
 * @throws the system's error, whose `code` says what it is (`EADDRINUSE`, `EACCES`, …), if it cannot
 */
export async function listenTls(options: TlsListenOptions): Promise<Listener> {
  const listener = new TlsListener(options);
  await listener.listen();
  return listener;
}

class TlsListener implements Listener {
  readonly protocol = "mqtts";
  readonly #options: TlsListenOptions;
  readonly #server: Server;
  #bound = { address: "", port: 0 };
  #watch: { stop(): void } | undefined;
  #endSecurity: (() => void) | undefined;
  #endHolding: () => void = () => {};

  constructor(options: TlsListenOptions) {
    this.#options = options;
    const secured = { ...options.security.options, ALPNProtocols: APPLICATION_PROTOCOLS };
    this.#server = createServer(secured, (socket) => this.#take(socket));
    if (options.front !== undefined) this.#endHolding = holdConnections(this.#server, options.front);
    this.#endSecurity = options.security.attend(this.#server);
    // Without a listener each would be an uncaught error.
    this.#server.on("tlsClientError", (error, { remoteAddress = "" }) => {
      options.onHandshakeFailed?.(plainAddress(remoteAddress), error.message);
    });
  }

  get address(): string {
    return this.#bound.address;
  }

  get port(): number {
    return this.#bound.port;
  }

  async listen(): Promise<void> {
    const { host, port, onWarning, keepAccepting } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port, backlog: BACKLOG }, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
    const bound = this.#server.address();
    if (bound === null || typeof bound === "string") {
      throw new Error(`Cannot listen on ${host}: not an IP address`);
    }
    this.#bound = bound;
    this.#server.on("error", (error) => onWarning(`The TLS listener failed: ${error.message}`));
    this.#watch = keepAccepting(this.#server, {
      ...this.#bound,
      onRecovered: () =>
        onWarning(`The TLS listener on port ${this.port} had stopped accepting and listens again`),
    });
  }

  close(): Promise<void> {
    this.#watch?.stop();
    this.#endSecurity?.();
    this.#endSecurity = undefined;
    this.#endHolding();
    // Its callback would wait for every link to end.
    if (this.#server.listening) this.#server.close();
    return Promise.resolve();
  }

  #take(socket: TLSSocket): void {
    socket.setNoDelay(true);
    const link = new TlsLink(socket, peerOf(socket));
    const events = this.#options.accept(link);
    if (events === undefined) socket.destroy();
    else link.start(events);
  }
}

function peerOf(socket: TLSSocket): Peer {
  const secured = peerTlsOf(socket);
  const tls = secured === undefined ? {} : { tls: secured };
  const origin = originOf(socket);
  // Behind a proxy nobody is on this machine, whatever it says.
  if (origin !== undefined) return { carrier: "tcp", ...origin, loopback: false, ...tls };
  const { remoteAddress = "", remotePort = 0 } = socket;
  return {
    carrier: "tcp",
    address: plainAddress(remoteAddress),
    port: remotePort,
    loopback: isLoopbackAddress(remoteAddress),
    ...tls,
  };
}
