/**
 * The port between the broker and whatever carries bytes: TCP, TLS and WebSocket.
 *
 * A link is pulled: the broker lends memory to read into and to write from, one read and one write at a
 * time, and the adapter answers each loan exactly once. Between a call and its answer the memory belongs to
 * the adapter, and nobody else touches it; that is what lets bytes go between the socket and the core
 * without a copy.
 */

/** What a listener speaks, as it is said in logs, metrics and on stdout. */
export type Protocol = "mqtt" | "mqtts" | "http" | "https";

/** Whether a link carries bare MQTT or MQTT in WebSocket frames; the core is told, and so are the logs. */
export type Carrier = "tcp" | "websocket";

/** Who is at the other end. */
export interface Peer {
  readonly carrier: Carrier;
  /** The IP address, without brackets or port. */
  readonly address: string;
  readonly port: number;
  /** Whether the address is a loopback address (127.0.0.0/8, ::1, and the mapped form of the first). */
  readonly loopback: boolean;
  /** Absent where the bytes are not encrypted. */
  readonly tls?: PeerTls;
}

/** What TLS tells of a peer. Nothing of it is verified but that a handshake was made. */
export interface PeerTls {
  /**
   * The chain as the peer presented it, its own certificate first, in DER; empty if it presented none. A resumed
   * session has that of the handshake it came from, so only whoever verifies it anew knows what it is worth.
   * Read it while the link is open.
   */
  readonly certificates: readonly Uint8Array[];
  /** As `node:tls` says it: `TLSv1.2` or `TLSv1.3`. */
  readonly version: string;
  /** The host that the peer wanted to reach. */
  readonly serverName: string | undefined;
}

/** One connection, as the broker drives it. Implemented by an adapter. */
export interface Link {
  readonly peer: Peer;
  /**
   * Reads at least one byte into `into`. At most one read is pending. Answered by `LinkEvents.filled` or
   * `LinkEvents.ended`, never before this call has returned. While no read is asked for, the adapter must
   * let its peer feel it (backpressure), not collect without bound.
   */
  read(into: Uint8Array): void;
  /**
   * Writes `bytes`, all or a part. At most one write is pending. Answered by `LinkEvents.written` or
   * `LinkEvents.ended`, never before this call has returned.
   */
  write(bytes: Uint8Array): void;
  /**
   * Says `LinkEvents.ended` also while no read is asked for, until one is. Of links that notice their peer's end only
   * by reading; the others always say it.
   */
  watch?(): void;
  /**
   * Ends the connection. Pending loans come back: once neither a read nor a write is pending,
   * `LinkEvents.released` follows, exactly once, whoever ended the connection.
   */
  close(): void;
}

/** What an adapter tells the broker of one link. Implemented by the broker. */
export interface LinkEvents {
  /** `count` bytes (1 or more) lie in the lent memory, which is home again. */
  filled(count: number): void;
  /** `count` of the bytes asked for are written (1 or more), and their memory is home again. */
  written(count: number): void;
  /** The connection is over: the peer closed it, it failed, or `close` took effect. Said at most once. */
  ended(): void;
  /** No loan is pending any more; nothing else follows. Said once, after `ended`. */
  released(): void;
}

/** Takes a new connection into the broker, or refuses it with `undefined`; the adapter then closes it. */
export type Accept = (link: Link) => LinkEvents | undefined;

/** A bound listening socket. */
export interface Listener {
  readonly protocol: Protocol;
  /** The address that is listened on, as the system reports it. */
  readonly address: string;
  /** The port, chosen by the system where 0 was asked for. */
  readonly port: number;
  /** Stops accepting. Links that are open stay open. */
  close(): Promise<void>;
}
