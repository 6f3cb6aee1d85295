import type { CertificateFiles } from "../certificates.ts";
import type { Feature, Setup } from "../scenario.ts";

/** A broker that can be measured. */
export interface Peer {
  /** As the table names it. */
  readonly name: string;
  /** What exactly is measured: version, and the runtime or commit where that matters. */
  readonly version: string;
  /** What it does not know, of that which a scenario may ask for. */
  readonly lacks: readonly Feature[];
  /** It differs from another peer only in what becomes of persistent sessions, and takes part only where they are. */
  readonly persistentOnly?: boolean;
  /**
   * Starts it afresh, with nothing kept from an earlier run, and set up for a scenario that it does not lack.
   *
   * @throws {PeerFailed} if it does not listen
   */
  start(setup: Setup): Promise<RunningPeer>;
}

/** A broker that listens. */
export interface RunningPeer {
  readonly name: string;
  /** Address and port for MQTT over TCP. */
  readonly mqtt: string;
  /** Address and port for MQTT over TLS, if it was set up for that. */
  readonly mqtts?: string | undefined;
  /** Address and port for MQTT over WebSocket at `/mqtt`, if it has that. */
  readonly websocket?: string | undefined;
  /** Who every client must say that it is, if it was set up for access control. */
  readonly user?: User | undefined;
  /** What every client must show over TLS, if it was set up for that. */
  readonly clientCertificate?: CertificateFiles | undefined;
  /** Where its resources can be changed, if they can. */
  readonly management?: Management | undefined;
  /** Its process, if it runs on this machine. */
  readonly pid?: number | undefined;
  /** Transactions that it has committed to its disk so far, if that can be known. */
  commits?(): number | undefined;
  stop(): Promise<void>;
}

/** A management API. */
export interface Management {
  /** Address and port, plain HTTP. */
  readonly address: string;
  readonly operatorToken: string;
}

/** Whom a broker lets in. */
export interface User {
  readonly name: string;
  readonly password: string;
}

/** A broker that could not be started. */
export class PeerFailed extends Error {
  readonly code = "peer-failed";
}
