import type { Link, LinkEvents, Peer } from "../listener.ts";

/** How long a closed connection is still drained, so that the peer reads what was written last, in milliseconds. */
const DRAIN_MAX = 1000;
/** Where drained bytes go; nobody reads them. */
const DRAIN = new Uint8Array(16 * 1024);

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
    this.#reading = true;
    this.#connection.read(into).then(this.#onRead, this.#onRead);
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
