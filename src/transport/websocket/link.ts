import type { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import type { Link, LinkEvents, Peer } from "../listener.ts";
import { acceptsConnection } from "./admission.ts";
import { binaryFrame } from "./frame.ts";
import type { FrameAccount } from "./frame_budget.ts";
import { HeldBytes } from "./held_bytes.ts";
import type { WebSocket } from "./ws.d.ts";

/** RFC 6455 §7.4.1: the endpoint received a type of data that it cannot accept. */
const UNSUPPORTED_DATA = 1003;
/** RFC 6455 §7.4.1: the purpose of the connection is fulfilled. */
const NORMAL_CLOSURE = 1000;
/** `readyState` of a WebSocket that is neither closing nor closed. */
const OPEN = 1;

/** A WebSocket whose binary messages are one stream of MQTT bytes, wherever their borders lie (v5 [MQTT-6.0.0-2]). */
export class WebSocketLink implements Link {
  readonly peer: Peer;
  readonly #webSocket: WebSocket;
  /** The socket below the WebSocket. */
  readonly #socket: Duplex;
  readonly #account: FrameAccount;
  readonly #held = new HeldBytes();
  #events: LinkEvents | undefined;
  /** The lent memory that the broker wants filled, from `#filledBytes` on. */
  #inbox: Uint8Array | undefined;
  #filledBytes = 0;
  /** How many bytes are being written; 0 when no write is pending. */
  #writingBytes = 0;
  #admitted = false;
  /** Whether an answer waits for the end of this turn of JavaScript. */
  #answering = false;
  /** Whether the peer has broken a rule: what it sends from now on is not heard. */
  #deaf = false;
  /** Whether the broker has closed: what came before is not wanted any more either. */
  #closed = false;
  /** Whether the socket is gone. */
  #over = false;
  #released = false;

  constructor(webSocket: WebSocket, socket: Duplex, options: { peer: Peer; account: FrameAccount }) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.peer = options.peer;
    this.#account = options.account;
  }

  /** Starts the traffic. Before it, nothing is heard of the peer. */
  start(events: LinkEvents): void {
    this.#events = events;
    // Before the listener of `ws`, which turns the chunk into messages.
    this.#socket.prependListener("data", (chunk: Buffer) => this.#onChunk(chunk.length));
    this.#webSocket.on("message", (data, binary) => this.#onMessage(data, binary));
    this.#webSocket.on("ping", (data) => this.#account.controlled(data.length));
    this.#webSocket.on("pong", (data) => this.#account.controlled(data.length));
    // `ws` has already answered a fault of the peer with its close code; "close" follows.
    this.#webSocket.on("error", () => this.#deaf = true);
    this.#webSocket.on("close", () => this.#onClose());
  }

  read(into: Uint8Array): void {
    this.#inbox = into;
    if (this.#held.length > 0) this.#fillFromHeld(into);
    else if (this.#over) this.#answerSoon();
  }

  write(bytes: Uint8Array): void {
    if (!this.#admitted && acceptsConnection(bytes)) this.#admit();
    this.#writingBytes = bytes.length;
    if (this.#over) return this.#giveUp();
    // Past `ws`, whose own frames are whole writes too, so that nothing can come between. Once it is closing it
    // has said its last frame, and the "close" that follows answers this write.
    if (this.#webSocket.readyState === OPEN) this.#socket.write(binaryFrame(bytes), this.#onWritten);
  }

  close(): void {
    this.#deaf = this.#closed = true;
    this.#held.clear();
    if (this.#over) return this.#answerSoon();
    this.#webSocket.close(NORMAL_CLOSURE);
    // The peer's close frame lies behind whatever it sent before.
    this.#webSocket.resume();
  }

  #admit(): void {
    this.#admitted = true;
    this.#account.admit();
  }

  #onChunk(chunkBytes: number): void {
    const overdraft = this.#account.received(chunkBytes);
    if (overdraft === undefined) return;
    this.#deaf = true;
    this.#held.clear();
    this.#webSocket.close(overdraft.code, overdraft.reason);
    // Whoever overdrew is not read any more; the close timer ends it.
    this.#webSocket.pause();
  }

  #onMessage(data: Uint8Array, binary: boolean): void {
    if (!this.#deaf && !binary) this.#refuseText();
    if (!this.#deaf) this.#receive(data);
    this.#account.settled(this.#held.length);
  }

  /** v5 [MQTT-6.0.0-1] a data frame that is not binary ends the connection. */
  #refuseText(): void {
    this.#deaf = true;
    this.#webSocket.close(UNSUPPORTED_DATA, "MQTT needs binary frames");
  }

  /** Puts a message's bytes into the lent memory, and holds what finds no room there. */
  #receive(data: Uint8Array): void {
    let rest = data;
    if (this.#inbox !== undefined && this.#held.length === 0) {
      const count = Math.min(data.length, this.#inbox.length - this.#filledBytes);
      this.#inbox.set(data.subarray(0, count), this.#filledBytes);
      this.#filledBytes += count;
      rest = data.subarray(count);
      // Not at once: a chunk carries many small messages, and one answer for all of them is one call.
      if (this.#filledBytes > 0) this.#answerSoon();
    }
    if (rest.length === 0) return;
    this.#held.append(rest);
    if (!this.#webSocket.isPaused) this.#webSocket.pause();
  }

  #fillFromHeld(into: Uint8Array): void {
    this.#filledBytes = this.#held.take(into);
    this.#account.taken(this.#filledBytes);
    if (this.#held.length === 0) this.#webSocket.resume();
    this.#answerSoon();
  }

  readonly #onWritten = (error?: Error | null): void => {
    // After an error the socket closes, and "close" answers.
    if (error || this.#over) return;
    const count = this.#writingBytes;
    this.#writingBytes = 0;
    this.#events?.written(count);
  };

  #onClose(): void {
    this.#over = true;
    // What arrived before the end is still the broker's to read, unless it waits for a write that won't happen.
    if (this.#held.length === 0 || this.#writingBytes > 0) this.#giveUp();
  }

  /** Says that the link is over, whatever is left to read. */
  #giveUp(): void {
    this.#held.clear();
    this.#answerSoon();
  }

  #answerSoon(): void {
    if (this.#answering) return;
    this.#answering = true;
    queueMicrotask(this.#answer);
  }

  readonly #answer = (): void => {
    this.#answering = false;
    const count = this.#filledBytes;
    if (count > 0 && !this.#closed) {
      this.#inbox = undefined;
      this.#filledBytes = 0;
      this.#events?.filled(count);
    }
    // A read within that answer may have taken the last bytes, and has its own answer to come.
    if (this.#over && this.#held.length === 0 && !this.#answering) this.#end();
  };

  #end(): void {
    if (this.#released) return;
    this.#released = true;
    this.#inbox = undefined;
    this.#account.close();
    this.#events?.ended();
    this.#events?.released();
  }
}
