import { type Frame, Splitter } from "./splitter.ts";

/** What a connection tells. */
export interface ConnectionEvents {
  arrived(frame: Frame): void;
  /** Everything that came in one read has been told: the time to answer. */
  drained(): void;
  /** Once, and last. */
  ended(): void;
}

/** HOST:PORT */
export type Address = string;

const readBytes = 64 * 1024;

/** A TCP connection that tells whole packets, and knows how many of its bytes the system has taken. */
export class Connection {
  readonly localPort: number;
  readonly #conn: Deno.TcpConn;
  readonly #events: ConnectionEvents;
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  #isWriting = false;
  #isFinishing = false;
  #hasEnded = false;
  #queuedBytes = 0;
  #writtenBytes = 0;

  private constructor(conn: Deno.TcpConn, events: ConnectionEvents) {
    this.#conn = conn;
    this.#events = events;
    this.localPort = conn.localAddr.port;
    void this.#read();
  }

  /** @throws {Deno.errors.ConnectionRefused} if nobody listens */
  static async open(address: Address, events: ConnectionEvents): Promise<Connection> {
    const colon = address.lastIndexOf(":");
    const conn = await Deno.connect({
      hostname: address.slice(0, colon),
      port: Number(address.slice(colon + 1)),
    });
    conn.setNoDelay(true);
    return new Connection(conn, events);
  }

  /** Bytes that were handed to `send`. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Bytes of them that the system has taken. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** All that is sent in one turn goes out with one write. */
  send(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#hasEnded) return;
    this.#queuedBytes += bytes.length;
    this.#waiting.push(bytes);
    if (this.#isWriting) return;
    this.#isWriting = true;
    queueMicrotask(() => this.#write());
  }

  /** Ends the stream once all is written. */
  finish(): void {
    this.#isFinishing = true;
    if (!this.#isWriting) this.#end();
  }

  /** Ends the stream without any farewell, as a lost network does. */
  cut(): void {
    this.#end();
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0 && !this.#hasEnded) {
        const bytes = joined(this.#waiting);
        this.#waiting = [];
        for (let at = 0; at < bytes.length;) {
          const count = await this.#conn.write(bytes.subarray(at));
          at += count;
          this.#writtenBytes += count;
        }
      }
    } catch {
      // Whoever reads learns what the broker said last, and then that it is gone.
    }
    this.#isWriting = false;
    if (this.#isFinishing) this.#end();
  }

  async #read(): Promise<void> {
    const splitter = new Splitter();
    const chunk = new Uint8Array(readBytes);
    try {
      for (;;) {
        const count = await this.#conn.read(chunk);
        if (count === null) break;
        for (const frame of splitter.split(chunk.subarray(0, count))) this.#events.arrived(frame);
        this.#events.drained();
      }
    } catch (error) {
      if (!isLoss(error)) throw error;
    }
    this.#end();
    this.#events.ended();
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#waiting = [];
    this.#conn.close();
  }
}

/** Whether an error says that the other side, or we ourselves, closed the connection. */
function isLoss(error: unknown): boolean {
  return [
    Deno.errors.BadResource,
    Deno.errors.BrokenPipe,
    Deno.errors.ConnectionAborted,
    Deno.errors.ConnectionReset,
    Deno.errors.Interrupted,
    Deno.errors.UnexpectedEof,
  ].some((kind) => error instanceof kind);
}

function joined(pieces: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) return first;
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
