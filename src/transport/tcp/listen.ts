import { isLoopbackAddress, plainAddress } from "../../config/loopback.ts";
import type { Front, Origin } from "../front.ts";
import type { Accept, Listener, Peer } from "../listener.ts";
import { HeldConnection } from "./held_connection.ts";
import { TcpLink } from "./tcp_link.ts";

/** What a TCP listener is made of. */
export interface TcpListenOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly accept: Accept;
  /** What says of each connection where it comes from, if it comes through a proxy. */
  readonly front?: Front | undefined;
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
  readonly #front: Front | undefined;
  /** Of which it is not known yet where they come from. */
  readonly #held = new Set<HeldConnection>();
  readonly #onWarning: (message: string) => void;
  readonly #accepting: Promise<void>;
  #closed = false;

  constructor(listener: Deno.TcpListener, { accept, front, onWarning }: TcpListenOptions) {
    this.#listener = listener;
    this.#accept = accept;
    this.#front = front;
    this.#onWarning = onWarning;
    this.address = listener.addr.hostname;
    this.port = listener.addr.port;
    this.#accepting = this.#acceptAll();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listener.close();
    for (const connection of this.#held) connection.close();
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
    if (this.#front === undefined) this.#open(connection, peerOf(connection.remoteAddr));
    else void this.#admit(connection, this.#front);
  }

  async #admit(connection: Deno.TcpConn, front: Front): Promise<void> {
    const held = new HeldConnection(connection);
    this.#held.add(held);
    const origin = await front.admit(held);
    this.#held.delete(held);
    if (origin !== undefined && !held.closed) this.#open(connection, peerAt(origin));
  }

  #open(connection: Deno.TcpConn, peer: Peer): void {
    const link = new TcpLink(connection, peer);
    const events = this.#accept(link);
    if (events === undefined) connection.close();
    else link.events = events;
  }
}

function peerOf({ hostname, port }: Deno.NetAddr): Peer {
  return { carrier: "tcp", address: plainAddress(hostname), port, loopback: isLoopbackAddress(hostname) };
}

/** Behind a proxy nobody is on this machine, whatever it says: it may say so of anybody. */
function peerAt({ address, port }: Origin): Peer {
  return { carrier: "tcp", address, port, loopback: false };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
