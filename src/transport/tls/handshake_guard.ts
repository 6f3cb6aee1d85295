import type { Socket } from "node:net";
import type { Server, TLSSocket } from "node:tls";
import { addressOrigin } from "../../config/address_origin.ts";
import { originOf } from "../fronted_server.ts";

/** Bounds of handshakes that are under way, on all listeners together. */
export interface HandshakeLimits {
  /**
   * The next one ends one of the address that has the most, if that has more than its own, or else the oldest, if
   * that is old enough, and is refused otherwise.
   */
  readonly underWayMax: number;
  /**
   * For one address, or one network of IPv6, whose oldest gives way like that, so that one machine cannot keep everybody
   * else out.
   */
  readonly perAddressMax: number;
  /** Younger ones give way to their own address alone: a storm of clients that all come back at once must get on. */
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
  /** Whom its address counts as. */
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
   * Stands before the server's own listeners for connections, which must not see one that is refused: the runtime
   * never forgets a TLS socket that it has made over one that was closed before (Deno 2.9.6).
   *
   * @param onSecured told of each that is done, with the socket that the TLS one stands on, before anybody else is
   */
  attend(server: Server, onSecured: (socket: TLSSocket, bare: Socket) => void): () => void {
    const mine = new Map<string, Socket>();
    const own = server.listeners("connection");
    const onConnection = (socket: Socket): void => {
      const key = keyOf(socket);
      // The peer may use its address and port again before we hear of the end of the connection before.
      this.#done(key);
      if (!this.#begin(key, socket)) return void socket.destroy();
      mine.set(key, socket);
      socket.once("close", () => {
        if (mine.get(key) !== socket) return;
        mine.delete(key);
        this.#done(key);
      });
      for (const listener of own) listener.call(server, socket);
    };
    const onSecureConnection = (socket: TLSSocket): void => {
      const bare = this.#underWay.get(keyOf(socket))?.socket;
      this.#done(keyOf(socket));
      if (bare === undefined) socket.destroy();
      else onSecured(socket, bare);
    };
    server.removeAllListeners("connection");
    server.on("connection", onConnection);
    server.prependListener("secureConnection", onSecureConnection);
    return () => {
      for (const key of mine.keys()) this.#underWay.get(key)?.socket.destroy();
      server.off("connection", onConnection);
      for (const listener of own) server.on("connection", listener as (socket: Socket) => void);
      server.off("secureConnection", onSecureConnection);
    };
  }

  /** Takes a handshake in; `false` if there is no room for it. */
  #begin(key: string, socket: Socket): boolean {
    const address = addressOrigin(originOf(socket)?.address ?? socket.remoteAddress ?? "");
    if (!this.#makeRoom(address)) return false;
    const timer = setTimeout(() => socket.destroy(), this.#limits.timeoutMilliseconds);
    this.#underWay.set(key, { socket, address, since: performance.now(), timer });
    this.#perAddress.set(address, this.#countOf(address) + 1);
    return true;
  }

  #makeRoom(address: string): boolean {
    const { underWayMax, perAddressMax, restMilliseconds } = this.#limits;
    const count = this.#countOf(address);
    if (count >= perAddressMax) return this.#evict({ address, restMilliseconds });
    if (this.#underWay.size < underWayMax) return true;
    const crowded = this.#mostCrowded();
    // It still has as many as the newcomer afterwards, so that two addresses do not push each other out.
    if (this.#countOf(crowded) > count + 1) return this.#evict({ address: crowded, restMilliseconds: 0 });
    return this.#evict({ restMilliseconds });
  }

  #countOf(address: string): number {
    return this.#perAddress.get(address) ?? 0;
  }

  /** The address that has the most under way. */
  #mostCrowded(): string {
    let most = "";
    for (const [address, count] of this.#perAddress) if (count > this.#countOf(most)) most = address;
    return most;
  }

  /** Ends the oldest handshake, of one address or of all; `false` if it has not had its time to rest. */
  #evict(
    { address, restMilliseconds }: { readonly address?: string; readonly restMilliseconds: number },
  ): boolean {
    for (const [key, handshake] of this.#underWay) {
      if (address !== undefined && handshake.address !== address) continue;
      if (performance.now() - handshake.since < restMilliseconds) return false;
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
    const left = this.#countOf(handshake.address) - 1;
    if (left <= 0) this.#perAddress.delete(handshake.address);
    else this.#perAddress.set(handshake.address, left);
  }
}

/** Names a connection by its two ends, which its bare and its TLS socket both know. */
function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
