import type { Socket } from "node:net";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { stopReadingWhilePaused } from "../../src/transport/tls/backpressure.ts";
import { type BytePeer, ByteQueue, SocketPeer } from "../contract/byte_peer.ts";
import { type Made, pem } from "../identity/certificates.ts";

/** What a TLS client brings. */
export interface TlsPeerOptions {
  /** Its certificate, and what it presents behind it. */
  readonly chain?: readonly [Made, ...Uint8Array[]] | undefined;
  /** Empty for a client that names no host. */
  readonly serverName?: string;
  /** What it offers to speak (ALPN). */
  readonly protocols?: readonly string[];
  readonly maxVersion?: "TLSv1.2" | "TLSv1.3";
  readonly host?: string;
}

/** A TLS client over a TCP connection of its own. */
export class TlsPeer implements BytePeer {
  readonly socket: TLSSocket;
  readonly ended: Promise<void>;
  readonly #bare: SocketPeer;
  readonly #received = new ByteQueue();

  private constructor(bare: SocketPeer, socket: TLSSocket) {
    this.#bare = bare;
    this.socket = socket;
    this.ended = new Promise((resolve) => socket.once("close", () => resolve()));
    socket.on("data", (bytes) => {
      if (typeof bytes !== "string") this.#received.push(bytes);
    });
    socket.on("close", () => this.#received.end());
    socket.on("error", () => {});
  }

  /** Resolves once the handshake is done; rejects if the server ends it. */
  static async connect(port: number, options: TlsPeerOptions = {}): Promise<TlsPeer> {
    const bare = await SocketPeer.connect(port, options.host);
    // The bytes are the TLS socket's to read.
    bare.socket.removeAllListeners("data");
    const socket = connect(connectionOptions(bare.socket, options));
    if (!stopReadingWhilePaused(socket, bare.socket)) throw new Error("this runtime has other sockets");
    const peer = new TlsPeer(bare, socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("secureConnect", () => resolve());
      socket.once("close", () => reject(new Error("the server ended the handshake")));
    });
    return peer;
  }

  get port(): number {
    return this.#bare.port;
  }

  get unsentBytes(): number {
    return this.socket.writableLength;
  }

  send(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  receive(count: number): Promise<Uint8Array> {
    return this.#received.take(count);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  end(): void {
    this.socket.end();
  }

  cut(): void {
    this.#bare.cut();
    this.socket.destroy();
  }
}

function connectionOptions(socket: Socket, options: TlsPeerOptions): ConnectionOptions {
  const { chain, serverName = "localhost", maxVersion, protocols } = options;
  const [own, ...behind] = chain ?? [];
  return {
    socket,
    rejectUnauthorized: false,
    ...serverName === "" ? {} : { servername: serverName },
    ...protocols === undefined ? {} : { ALPNProtocols: [...protocols] },
    ...maxVersion === undefined ? {} : { maxVersion },
    ...own === undefined ? {} : {
      cert: [own.der, ...behind].map((der) => pem(der)).join(""),
      key: own.privateKey.export({ format: "pem", type: "pkcs8" }),
    },
  };
}
