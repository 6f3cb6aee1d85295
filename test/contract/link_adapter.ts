import type { Accept, Carrier } from "../../src/transport/listener.ts";
import type { BytePeer } from "./byte_peer.ts";

/** One implementation of `Link`, as the contract suite drives it. */
export interface LinkAdapter {
  /** What the suite calls it, where the carrier alone does not tell. */
  readonly name?: string;
  readonly carrier: Carrier;
  /** Listens on a port of 127.0.0.1 that the system chooses, with the limits a broker would set. */
  listen(accept: Accept): Promise<ListeningAdapter>;
}

/** A bound adapter. */
export interface ListeningAdapter {
  /** Opens a connection; the peer's side of it stands when this resolves. */
  connect(): Promise<BytePeer>;
  close(): Promise<void>;
}
