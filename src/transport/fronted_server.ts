import type { Server, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Front, FrontedConnection, Origin } from "./front.ts";

const origins = new WeakMap<Duplex, Origin>();

/** Where a socket comes from by the word of a proxy; `undefined` where there is none in front. */
export function originOf(socket: Duplex): Origin | undefined {
  return origins.get(socket);
}

/** Lets a socket that stands on another one come from where that does. */
export function inheritOrigin(socket: Duplex, bare: Duplex): void {
  const origin = origins.get(bare);
  if (origin !== undefined) origins.set(socket, origin);
}

/**
 * Holds back each connection of a server until `front` has said where it comes from; nobody else hears of it before.
 *
 * Not a server in front of a server: the runtime ties the time limits of HTTP, and its count of connections, to the one
 * that listens.
 *
 * @returns what closes those that are held back
 */
export function holdConnections(server: Server, front: Front): () => void {
  const held = new Set<Socket>();
  const emit = server.emit.bind(server) as (event: string | symbol, ...values: unknown[]) => boolean;
  async function admit(socket: Socket): Promise<void> {
    const connection = new HeldSocket(socket);
    held.add(socket);
    const origin = await front.admit(connection);
    held.delete(socket);
    connection.release();
    // Whoever watches whether connections are accepted hears that one was.
    if (origin === undefined || socket.destroyed) return void emit("drop");
    origins.set(socket, origin);
    emit("connection", socket);
  }
  function hold(event: string | symbol, ...values: unknown[]): boolean {
    if (event !== "connection") return emit(event, ...values);
    void admit(values[0] as Socket);
    return true;
  }
  server.emit = hold as Server["emit"];
  return () => held.forEach((socket) => socket.destroy());
}

/** A socket of which exactly as much is read as is asked for; the rest stays in it. */
class HeldSocket implements FrontedConnection {
  readonly address: string;
  readonly port: number;
  readonly #socket: Socket;
  #over = false;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    this.address = socket.remoteAddress ?? "";
    this.port = socket.remotePort ?? 0;
    socket.on("readable", this.#onReadable);
    socket.on("end", this.#onOver);
    socket.on("close", this.#onOver);
    socket.on("error", this.#onOver);
  }

  async read(count: number): Promise<Uint8Array | undefined> {
    for (;;) {
      const bytes = this.#socket.read(count) as Uint8Array | null;
      if (bytes !== null) return bytes;
      if (this.#over || this.#socket.destroyed) return undefined;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Leaves the socket to others as it would have been without us. */
  release(): void {
    this.#socket.off("readable", this.#onReadable);
    this.#socket.off("end", this.#onOver);
    this.#socket.off("close", this.#onOver);
    // One that is being closed may still fail.
    if (!this.#socket.destroyed) this.#socket.off("error", this.#onOver);
  }

  readonly #onReadable = (): void => this.#wake();

  readonly #onOver = (): void => {
    this.#over = true;
    this.#wake();
  };
}
