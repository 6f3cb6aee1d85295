import { isLoopbackAddress, plainAddress } from "../../config/loopback.ts";
import type { Accept, Listener, Peer } from "../listener.ts";
import { TcpLink } from "./tcp_link.ts";

/** What a TCP listener is made of. */
export interface TcpListenOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly accept: Accept;
  /** Told of faults that an operator should hear of, in words. */
  readonly onWarning: (message: string) => void;
}

/** Connections that may wait for us to accept them; the system cuts this to its own maximum. */
const BACKLOG = 4096;
/** How long accepting rests when it fails for want of descriptors or memory, in milliseconds. */
const RETRY_DELAY = 100;

/**
 * Listens for MQTT over TCP.
 *
 * @throws the system's error (`Deno.errors.AddrInUse`, `PermissionDenied`, …) if it cannot
 */
export function listenTcp(options: TcpListenOptions): Listener {
  const { host: hostname, port } = options;
  return new TcpListener(Deno.listen({ hostname, port, tcpBacklog: BACKLOG }), options);
}

class TcpListener implements Listener {
  readonly protocol = "mqtt";
  readonly address: string;
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #accept: Accept;
  readonly #onWarning: (message: string) => void;
  readonly #accepting: Promise<void>;
  #closed = false;

  constructor(listener: Deno.TcpListener, { accept, onWarning }: TcpListenOptions) {
    this.#listener = listener;
    this.#accept = accept;
    this.#onWarning = onWarning;
    this.address = listener.addr.hostname;
    this.port = listener.addr.port;
    this.#accepting = this.#acceptAll();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listener.close();
    await this.#accepting;
  }

  /** An error of one accept must not end the loop: at the descriptor limit every accept fails until one is free. */
  async #acceptAll(): Promise<void> {
    let failing = false;
    while (!this.#closed) {
      try {
        this.#take(await this.#listener.accept());
        failing = false;
      } catch (error) {
        if (this.#closed) return;
        if (!failing) this.#onWarning(`Cannot accept connections on port ${this.port}: ${messageOf(error)}`);
        failing = true;
        await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY));
      }
    }
  }

  #take(connection: Deno.TcpConn): void {
    connection.setNoDelay(true);
    const link = new TcpLink(connection, peerOf(connection.remoteAddr));
    const events = this.#accept(link);
    if (events === undefined) connection.close();
    else link.events = events;
  }
}

function peerOf({ hostname, port }: Deno.NetAddr): Peer {
  return { carrier: "tcp", address: plainAddress(hostname), port, loopback: isLoopbackAddress(hostname) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
