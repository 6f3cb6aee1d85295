import type { Peer } from "./peer.ts";

/** A broker that somebody else started. */
export interface ExternalPeer {
  readonly name: string;
  /** Address and port for MQTT over TCP. */
  readonly mqtt: string;
  /** Its process, if CPU time and memory are wanted. */
  readonly pid?: number | undefined;
}

/** The peer that `--peer` names. It is neither started nor stopped, nor given a core. */
export function external({ name, mqtt, pid }: ExternalPeer): Peer {
  return {
    name,
    version: "as it runs",
    lacks: ["websocket", "tls", "access"],
    start: () => Promise.resolve({ name, mqtt, pid, stop: () => Promise.resolve() }),
  };
}
