/**
 * The port between listeners and a proxy in front of them, which says of each connection where it comes from before the
 * connection's own bytes.
 */

/** Where a connection comes from, or comes through. */
export interface Origin {
  /** The IP address, without brackets or port. */
  readonly address: string;
  readonly port: number;
}

/** A connection as it was accepted: its address is the proxy's. */
export interface FrontedConnection extends Origin {
  /** Reads 1 to `count` bytes; `undefined` once the connection is over. */
  read(count: number): Promise<Uint8Array | undefined>;
  /** Ends the connection, and with it a read that is pending. */
  close(): void;
}

/** Who reads what a proxy says. */
export interface Front {
  /**
   * Reads what stands before the connection's own bytes, and nothing of those.
   *
   * @returns where it comes from, or `undefined` if it must not be served; it has been closed then. Never rejects
   */
  admit(connection: FrontedConnection): Promise<Origin | undefined>;
}
