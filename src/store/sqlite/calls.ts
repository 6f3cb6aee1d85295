import type { Page, QueuedMessage, RetainedMessage, StoredSession } from "../listing.ts";
import type { PageRequest, Recovered } from "../store.ts";
import type { Durability } from "./database.ts";

/** What the committing worker opens. */
export interface OpenRequest {
  readonly path: string;
  readonly durability: Durability;
  /** From this length on the log is written back, and begun anew. */
  readonly logBytes: number;
  /** How often in a row something has failed before this. */
  readonly failures: number;
  /** Whether what the last end of a broker means has been made durable since; false before a recovery. */
  readonly settled: boolean;
}

/** What an opened database has. */
export interface Opened {
  /** The last batch that is in it. */
  readonly sequence: number;
  /**
   * Whether that batch is certainly on the disk. After a sync that failed, the system may show as written what it has
   * given up writing; only what has been written again since is certain.
   */
  readonly certain: boolean;
}

/** A part of a recovery. */
export type RecoveryStep =
  | { readonly frames: Uint8Array<ArrayBuffer>; readonly done: number; readonly total: number }
  | { readonly recovered: Recovered; readonly settled: boolean };

/** What the committing worker can be asked. Calls are answered in order. */
export interface CommitCalls {
  /** Opens the database, again after a failure. */
  open(request: OpenRequest): Opened;
  /** The next part of the recovery; the first call begins it. */
  recover(): RecoveryStep;
  commit(request: { readonly frames: Uint8Array; readonly sequence: number }): void;
  load(bodies: readonly number[]): readonly (Uint8Array<ArrayBuffer> | undefined)[];
  alive(wall: number): void;
  sessions(page: PageRequest<number>): Page<StoredSession, number>;
  queue(request: PageRequest<number> & { readonly owner: number }): Page<QueuedMessage, number>;
  retained(page: PageRequest<string>): Page<RetainedMessage, string>;
  close(): void;
}
