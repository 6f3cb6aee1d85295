import type { Socket } from "node:net";
import type { Server, TLSSocket } from "node:tls";

/** Bounds of handshakes that are under way, on all listeners together. */
export interface HandshakeLimits {
  /** The next one ends the oldest, if that is old enough, and is refused otherwise. */
  readonly underWayMax: number;
  /** The same for one address, so that one machine cannot keep everybody else out. */
  readonly perAddressMax: number;
  /** Younger ones are left alone: a storm of clients that all come back at once must get on. */
  readonly restMilliseconds: number;
  /** From the connection to the end of the handshake; the connection is cut then. */
  readonly timeoutMilliseconds: number;
}

/** The bounds of profile `standard`. */
export const HANDSHAKE_LIMITS: HandshakeLimits = {
  underWayMax: 1024,
  perAddressMax: 256,
  restMilliseconds: 1000,
  timeoutMilliseconds: 10_000,
};

interface Handshake {
  readonly socket: Socket;
  readonly address: string;
  readonly since: number;
  readonly timer: ReturnType<typeof setTimeout>;
}

/**
 * Bounds what a peer gets before its handshake is done. Until then the broker does not know of the connection, and
 * the runtime would wait for it for two minutes.
 */
export class HandshakeGuard {
  readonly #limits: HandshakeLimits;
  /** By both ends of the connection, the oldest first. */
  readonly #underWay = new Map<string, Handshake>();
  readonly #perAddress = new Map<string, number>();

  constructor(limits: HandshakeLimits = HANDSHAKE_LIMITS) {
    this.#limits = limits;
  }

  /** How many handshakes are under way. */
  get underWay(): number {
    return this.#underWay.size;
  }

  /**
   * Watches the handshakes of a server, until what is returned is called, which ends those that are under way.
   *
   * @param onSecured told of each that is done, with the socket that the TLS one stands on, before anybody else is
   */
  attend(server: Server, onSecured: (socket: TLSSocket, bare: Socket) => void): () => void {
    const mine = new Map<string, Socket>();
    const onConnection = (socket: Socket): void => {
      const key = keyOf(socket);
      mine.set(key, socket);
      socket.once("close", () => {
        // The peer may use its address and port again before we hear of the end of the connection before.
        if (mine.get(key) !== socket) return;
        mine.delete(key);
        this.#done(key);
      });
      this.#begin(key, socket);
    };
    const onSecureConnection = (socket: TLSSocket): void => {
      const bare = this.#underWay.get(keyOf(socket))?.socket;
      this.#done(keyOf(socket));
      if (bare === undefined) socket.destroy();
      else onSecured(socket, bare);
    };
    server.prependListener("connection", onConnection);
    server.prependListener("secureConnection", onSecureConnection);
    return () => {
      for (const key of mine.keys()) this.#underWay.get(key)?.socket.destroy();
      server.off("connection", onConnection);
      server.off("secureConnection", onSecureConnection);
    };
  }

  #begin(key: string, socket: Socket): void {
    this.#done(key);
    const address = socket.remoteAddress ?? "";
    const { underWayMax, perAddressMax, timeoutMilliseconds } = this.#limits;
    const full = this.#underWay.size >= underWayMax;
    const crowded = (this.#perAddress.get(address) ?? 0) >= perAddressMax;
    if ((crowded && !this.#evict(address)) || (full && !crowded && !this.#evict())) {
      socket.destroy();
      return;
    }
    const timer = setTimeout(() => socket.destroy(), timeoutMilliseconds);
    this.#underWay.set(key, { socket, address, since: performance.now(), timer });
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1);
  }

  /** Ends the oldest handshake, of one address or of all; `false` if it has not had its time to rest. */
  #evict(address?: string): boolean {
    for (const [key, handshake] of this.#underWay) {
      if (address !== undefined && handshake.address !== address) continue;
      if (performance.now() - handshake.since < this.#limits.restMilliseconds) return false;
      this.#done(key);
      handshake.socket.destroy();
      return true;
    }
    return false;
  }

  /** A handshake is over, well or not. */
  #done(key: string): void {
    const handshake = this.#underWay.get(key);
    if (handshake === undefined) return;
    clearTimeout(handshake.timer);
    this.#underWay.delete(key);
    const left = (this.#perAddress.get(handshake.address) ?? 1) - 1;
    if (left === 0) this.#perAddress.delete(handshake.address);
    else this.#perAddress.set(handshake.address, left);
  }
}

/** Names a connection by its two ends, which its bare and its TLS socket both know. */
function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
