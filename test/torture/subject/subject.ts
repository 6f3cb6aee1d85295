import type { Address } from "../client/connection.ts";

/** A broker that can be tortured: it is started again and again on the same data. */
export interface Subject {
  readonly name: string;
  /** Starts its process; only one at a time. */
  launch(): Launched;
}

/** A broker's process, from its first moment on. */
export interface Launched {
  /** Where it serves MQTT, once it does. Rejects if the process ends first. */
  readonly ready: Promise<Address>;
  /** Whether its process has ended. */
  readonly hasEnded: boolean;
  /** Stops it in its tracks (SIGSTOP), so that what it has read can be counted. */
  freeze(): void;
  /** Lets it go on (SIGCONT). */
  thaw(): void;
  /** SIGKILL; resolves once the process is gone. */
  kill(): Promise<void>;
  /** The last that it wrote to stderr. */
  log(): string;
}
