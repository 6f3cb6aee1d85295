import { Buffer } from "node:buffer";
import type { TLSSocket } from "node:tls";
import type { Link, LinkEvents, Peer } from "../listener.ts";

/** How long a closed connection is still drained, so that the peer reads what was written last, in milliseconds. */
const DRAIN_MAX = 1000;
/** Handed to the TLS stack in one go, which copies it to encrypt it. */
const WRITE_BYTES_MAX = 256 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * A connection over TLS. Bytes are decrypted by the chunk: what does not fit into the lent memory waits here, and the
 * socket is paused until it is taken.
 */
export class TlsLink implements Link {
  readonly peer: Peer;
  readonly #socket: TLSSocket;
  #events: LinkEvents | undefined;
  /** The lent memory that the broker wants filled. */
  #inbox: Uint8Array | undefined;
  /** Decrypted, and not yet asked for; at most what the runtime decrypts at once. */
  #held: Buffer = NOTHING;
  /** How many bytes are being written; 0 when no write is pending. */
  #writingBytes = 0;
  /** Whether answers are being given, or will be at the end of this turn. */
  #answering = false;
  /** `close` was called: what still comes in is dropped. */
  #closing = false;
  /** The socket is gone. */
  #over = false;
  #drainTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(socket: TLSSocket, peer: Peer) {
    this.#socket = socket;
    this.peer = peer;
  }

  /** Starts the traffic. Before it, nothing is heard of the peer. */
  start(events: LinkEvents): void {
    this.#events = events;
    this.#socket.on("data", this.#onData);
    this.#socket.on("close", () => this.#onClose());
    if (this.#socket.destroyed) this.#onClose();
  }

  read(into: Uint8Array): void {
    this.#inbox = into;
    if (this.#held.length > 0 || this.#over) this.#answerSoon();
  }

  write(bytes: Uint8Array): void {
    const part = bytes.length > WRITE_BYTES_MAX ? bytes.subarray(0, WRITE_BYTES_MAX) : bytes;
    this.#writingBytes = part.length;
    if (this.#over) return this.#giveUp();
    this.#socket.write(part, this.#onWritten);
  }

  /** Says good-bye and waits a while for the peer's, so that what was written last is read before the end. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#over) return this.#giveUp();
    this.#held = NOTHING;
    this.#drainTimer = setTimeout(() => this.#socket.destroy(), DRAIN_MAX);
    this.#socket.end();
    this.#socket.resume();
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#closing) return;
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    if (!this.#answering) this.#answer();
  };

  readonly #onWritten = (error?: Error | null): void => {
    // After an error the socket closes, and that answers.
    if (error || this.#over) return;
    const count = this.#writingBytes;
    this.#writingBytes = 0;
    this.#events?.written(count);
  };

  #onClose(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#drainTimer);
    // What arrived before the end is still the broker's to read, unless it waits for a write that won't happen.
    if (this.#closing || this.#held.length === 0 || this.#writingBytes > 0) this.#giveUp();
  }

  /** Says that the link is over, whatever is left to read. */
  #giveUp(): void {
    this.#held = NOTHING;
    this.#answerSoon();
  }

  #answerSoon(): void {
    if (this.#answering) return;
    this.#answering = true;
    queueMicrotask(this.#answer);
  }

  /** Fills lent memory as long as there is some: the broker lends again while it is told. */
  readonly #answer = (): void => {
    this.#answering = true;
    while (this.#inbox !== undefined && this.#held.length > 0) this.#fill(this.#inbox);
    this.#answering = false;
    if (this.#over && this.#held.length === 0) return this.#end();
    if (this.#held.length > 0) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  };

  #fill(inbox: Uint8Array): void {
    const count = Math.min(inbox.length, this.#held.length);
    inbox.set(this.#held.subarray(0, count));
    this.#held = this.#held.subarray(count);
    this.#inbox = undefined;
    this.#events?.filled(count);
  }

  #end(): void {
    const events = this.#events;
    this.#events = undefined;
    this.#inbox = undefined;
    events?.ended();
    events?.released();
  }
}
