import type { Link, LinkEvents, Peer } from "../listener.ts";

/** How long a closed connection is still drained, so that the peer reads what was written last, in milliseconds. */
const DRAIN_MAX = 1000;
/** Where drained bytes go; nobody reads them. */
const DRAIN = new Uint8Array(16 * 1024);

/** A read beyond what was asked for, which tells whether the peer is there still. */
interface Ahead {
  readonly byte: Uint8Array;
  hasCome: boolean;
  /** Lent while the byte was awaited, and where it belongs. */
  into: Uint8Array | undefined;
}

/**
 * A native TCP connection. Reads and writes go straight between the socket and the lent memory, with one pair of
 * callbacks per connection and nothing made per message but the runtime's own promise.
 */
export class TcpLink implements Link {
  readonly peer: Peer;
  readonly #connection: Deno.TcpConn;
  #events: LinkEvents | undefined;
  #reading = false;
  #writing = false;
  #ahead: Ahead | undefined;
  /** `close` was called: what still comes in is dropped. */
  #closing = false;
  #ended = false;
  #drainTimer: ReturnType<typeof setTimeout> | undefined;

  /** Also takes what a failed read or write throws: two closures for each connection are enough. */
  readonly #onRead = (outcome: unknown): void => this.#read(outcome);
  readonly #onWritten = (outcome: unknown): void => this.#written(outcome);

  constructor(connection: Deno.TcpConn, peer: Peer) {
    this.#connection = connection;
    this.peer = peer;
  }

  /** Whom the link tells. Set before the first answer can come, which is after the call that lent memory first. */
  set events(events: LinkEvents) {
    this.#events = events;
  }

  read(into: Uint8Array): void {
    const ahead = this.#ahead;
    if (ahead !== undefined) return this.#readAfter(ahead, into);
    this.#reading = true;
    this.#connection.read(into).then(this.#onRead, this.#onRead);
  }

  watch(): void {
    if (this.#reading || this.#ahead !== undefined || this.#closing || this.#ended) return;
    this.#reading = true;
    const ahead: Ahead = { byte: new Uint8Array(1), hasCome: false, into: undefined };
    this.#ahead = ahead;
    const watched = (outcome: unknown): void => this.#watched(ahead, outcome);
    this.#connection.read(ahead.byte).then(watched, watched);
  }

  write(bytes: Uint8Array): void {
    this.#writing = true;
    this.#connection.write(bytes).then(this.#onWritten, this.#onWritten);
  }

  /**
   * Closes in two steps: our direction at once, the other when the peer has closed its own or has taken too long.
   * Closing both while unread bytes lie in the socket would reset it, and could take the last packet with it.
   */
  close(): void {
    if (this.#closing || this.#ended) return;
    this.#closing = true;
    this.#drainTimer = setTimeout(() => this.#end(), DRAIN_MAX);
    this.#connection.closeWrite().catch(() => this.#end());
    if (!this.#reading) this.read(DRAIN);
  }

  #readAfter(ahead: Ahead, into: Uint8Array): void {
    this.#reading = true;
    ahead.into = into;
    if (ahead.hasCome) queueMicrotask(() => this.#giveAhead(ahead, into));
  }

  #watched(ahead: Ahead, outcome: unknown): void {
    const { into } = ahead;
    ahead.hasCome = typeof outcome === "number";
    if (ahead.hasCome && into !== undefined) return this.#giveAhead(ahead, into);
    this.#reading = false;
    if (!ahead.hasCome || this.#ended) return this.#end();
    // The byte waits for memory to be lent, or is dropped with whatever follows.
    if (this.#closing) this.read(DRAIN);
  }

  #giveAhead({ byte }: Ahead, into: Uint8Array): void {
    this.#ahead = undefined;
    into.set(byte);
    this.#read(byte.length);
  }

  #read(outcome: unknown): void {
    this.#reading = false;
    if (typeof outcome !== "number" || this.#ended) return this.#end();
    if (this.#closing) return this.read(DRAIN);
    this.#events?.filled(outcome);
  }

  #written(outcome: unknown): void {
    this.#writing = false;
    if (typeof outcome !== "number" || this.#ended) return this.#end();
    this.#events?.written(outcome);
  }

  /** The connection is over; what is still pending fails soon, and is waited for. */
  #end(): void {
    if (!this.#ended) {
      this.#ended = true;
      clearTimeout(this.#drainTimer);
      try {
        this.#connection.close();
      } catch {
        // It was closed by the runtime.
      }
      this.#events?.ended();
    }
    if (!this.#reading && !this.#writing) this.#release();
  }

  #release(): void {
    this.#events?.released();
    this.#events = undefined;
  }
}
