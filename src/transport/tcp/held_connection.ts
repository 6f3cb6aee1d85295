import type { FrontedConnection } from "../front.ts";

/** A connection of which exactly as much is read as is asked for; the rest stays in the socket. */
export class HeldConnection implements FrontedConnection {
  readonly address: string;
  readonly port: number;
  readonly #connection: Deno.TcpConn;
  #closed = false;

  constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
    this.address = connection.remoteAddr.hostname;
    this.port = connection.remoteAddr.port;
  }

  get closed(): boolean {
    return this.#closed;
  }

  async read(count: number): Promise<Uint8Array | undefined> {
    const bytes = new Uint8Array(count);
    try {
      const filled = await this.#connection.read(bytes);
      return filled === null ? undefined : bytes.subarray(0, filled);
    } catch {
      // Reset by the peer, or closed by us.
      return undefined;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#connection.close();
    } catch {
      // It was closed by the runtime.
    }
  }
}
