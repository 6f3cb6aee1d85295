import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";

/** The other end of a link, which sees the stream of bytes that the broker's side wrote, whatever carries it. */
export interface BytePeer {
  /** This end's port, by which the other end knows it. */
  readonly port: number;
  /** Sends bytes; they wait here while the other end does not take them. */
  send(bytes: Uint8Array): void;
  /** How many of the bytes sent still wait here. */
  readonly unsentBytes: number;
  /** Waits for the next `count` bytes. */
  receive(count: number): Promise<Uint8Array>;
  /** Stops and starts taking bytes off the network. */
  pause(): void;
  resume(): void;
  /** Says an orderly goodbye. */
  end(): void;
  /** Vanishes as a crashed machine does, with a reset. */
  cut(): void;
  /** Waits until the other end has closed. */
  readonly ended: Promise<void>;
}

/** Bytes that came in and that nobody has asked for yet. */
export class ByteQueue {
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #wanted:
    | { count: number; resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void }
    | undefined;
  #over = false;

  push(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#bytes += bytes.length;
    this.#settle();
  }

  /** No more will come. */
  end(): void {
    this.#over = true;
    this.#settle();
  }

  take(count: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#wanted = { count, resolve, reject };
      this.#settle();
    });
  }

  #settle(): void {
    const wanted = this.#wanted;
    if (wanted === undefined) return;
    if (this.#bytes >= wanted.count) {
      this.#wanted = undefined;
      wanted.resolve(this.#takeNow(wanted.count));
    } else if (this.#over) {
      this.#wanted = undefined;
      wanted.reject(new Error(`the stream ended ${wanted.count - this.#bytes} bytes early`));
    }
  }

  #takeNow(count: number): Uint8Array {
    const all = Buffer.concat(this.#chunks);
    const rest = all.subarray(count);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#bytes = rest.length;
    return Uint8Array.from(all.subarray(0, count));
  }
}

/** A bare TCP connection. */
export class SocketPeer implements BytePeer {
  readonly socket: Socket;
  readonly ended: Promise<void>;
  /** What went wrong with the connection, such as a reset. */
  fault: Error | undefined;
  readonly #received = new ByteQueue();

  private constructor(socket: Socket) {
    this.socket = socket;
    this.ended = new Promise((resolve) => socket.once("close", () => resolve()));
    socket.on("data", (bytes) => {
      if (typeof bytes !== "string") this.#received.push(bytes);
    });
    socket.on("close", () => this.#received.end());
    socket.on("error", (error) => this.fault = error);
  }

  static connect(port: number, host = "127.0.0.1"): Promise<SocketPeer> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host, noDelay: true });
      socket.once("error", reject);
      socket.once("connect", () => resolve(new SocketPeer(socket)));
    });
  }

  get port(): number {
    return this.socket.localPort ?? 0;
  }

  get unsentBytes(): number {
    return this.socket.writableLength;
  }

  send(bytes: Uint8Array | string): void {
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
    this.socket.resetAndDestroy();
  }
}
