/**
 * The memory account of frames that are on their way in.
 *
 * `ws` hands over whole messages, so a half-received one lies in JavaScript's heap, outside the core's account,
 * and `maxPayload` is one number for the stranger and the admitted client alike. This account bounds what a
 * peer can make us hold before its CONNECT was accepted, and what all peers can make us hold together.
 */

/** Bounds on bytes held for peers; each with what happens beyond it. */
export interface FrameLimits {
  /** One message of an admitted peer: the broker's `packetBytesMax`. Beyond it the link ends with 1009. */
  readonly messageBytesMax: number;
  /** What one peer may have us hold before its CONNECT was accepted. Beyond it the link ends with 1009. */
  readonly strangerBytesMax: number;
  /** The same, all such peers together. The link that would exceed it ends with 1013, "try again later". */
  readonly strangersBytesMax: number;
  /** What all links together may have us hold. The link that would exceed it ends with 1013. */
  readonly linksBytesMax: number;
}

/** The bounds of profile `standard`. */
export const FRAME_LIMITS: FrameLimits = {
  messageBytesMax: 2_000_000,
  strangerBytesMax: 512 * 1024,
  strangersBytesMax: 64 * 1024 * 1024,
  linksBytesMax: 512 * 1024 * 1024,
};

/** What a close frame says of a link whose account is overdrawn. */
export type Overdraft = { readonly code: 1009 | 1013; readonly reason: string };

/** What a received chunk costs beside its bytes: without it, a frame sent byte by byte would hold 200 times its size. */
const CHUNK_OVERHEAD_BYTES = 256;
/** The header of a masked control frame: two bytes and the mask (RFC 6455 §5.2). */
const CONTROL_HEADER_BYTES = 6;

/** The sum over all links of one listener. */
export class FrameBudget {
  readonly limits: FrameLimits;
  #linksBytes = 0;
  #strangersBytes = 0;

  constructor(limits: FrameLimits) {
    this.limits = limits;
  }

  /** What all links hold now, in bytes. */
  get linksBytes(): number {
    return this.#linksBytes;
  }

  /** What the links hold whose CONNECT is not accepted yet, in bytes. */
  get strangersBytes(): number {
    return this.#strangersBytes;
  }

  /** Moves the sums by what one account changed, negative or positive. */
  move(bytes: number, stranger: boolean): void {
    this.#linksBytes += bytes;
    if (stranger) this.#strangersBytes += bytes;
  }

  /** Takes an account's bytes out of the strangers' sum: its CONNECT was accepted. */
  admit(bytes: number): void {
    this.#strangersBytes -= bytes;
  }
}

/** What one link holds. */
export class FrameAccount {
  readonly #budget: FrameBudget;
  #bytes = 0;
  #chunkOverheadBytes = 0;
  #stranger = true;

  constructor(budget: FrameBudget) {
    this.#budget = budget;
  }

  /** Counts a chunk that the socket delivered; it may be the middle of a frame. */
  received(chunkBytes: number): Overdraft | undefined {
    this.#chunkOverheadBytes = CHUNK_OVERHEAD_BYTES;
    this.#move(chunkBytes + CHUNK_OVERHEAD_BYTES);
    return this.#overdraft();
  }

  /** A control frame has come and is dealt with; with the first of a chunk, so is the chunk. */
  controlled(payloadBytes: number): void {
    this.taken(payloadBytes + CONTROL_HEADER_BYTES + this.#chunkOverheadBytes);
    this.#chunkOverheadBytes = 0;
  }

  /** The broker has taken bytes that were held for it. */
  taken(bytes: number): void {
    this.#move(-Math.min(bytes, this.#bytes));
  }

  /**
   * A message is complete: of all that was counted, only `heldBytes` is left. What follows it in the same
   * chunk (64 KiB at most) is not counted.
   */
  settled(heldBytes: number): void {
    this.#move(heldBytes - this.#bytes);
  }

  /** The peer's CONNECT was accepted; from now on the wider bounds hold. */
  admit(): void {
    if (!this.#stranger) return;
    this.#stranger = false;
    this.#budget.admit(this.#bytes);
  }

  /** The link is over and holds nothing. */
  close(): void {
    this.#move(-this.#bytes);
  }

  #move(bytes: number): void {
    this.#bytes += bytes;
    this.#budget.move(bytes, this.#stranger);
  }

  #overdraft(): Overdraft | undefined {
    const { limits, linksBytes, strangersBytes } = this.#budget;
    // Twice, because a message in many small chunks costs their overhead beside its bytes; `maxPayload` is exact.
    const own = this.#stranger
      ? limits.strangerBytesMax
      : 2 * limits.messageBytesMax + limits.strangerBytesMax;
    if (this.#bytes > own) return { code: 1009, reason: "message too big" };
    const shared = linksBytes > limits.linksBytesMax ||
      (this.#stranger && strangersBytes > limits.strangersBytesMax);
    return shared ? { code: 1013, reason: "too much unfinished data, try again later" } : undefined;
  }
}
