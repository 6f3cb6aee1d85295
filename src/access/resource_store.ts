import type { AuditEntry } from "./audit.ts";

/** A resource as it is kept: what `json` says is the room's own affair. */
export interface StoredResource {
  readonly type: string;
  /** Unique within the type, byte by byte; all versions of one resource have the same. */
  readonly name: string;
  readonly etag: string;
  /** The complete properties. */
  readonly json: string;
}

/** What a write does to one resource: keeps a version in place of the one before it, or forgets the resource. */
export type StoredChange = StoredResource | {
  readonly type: string;
  readonly name: string;
  readonly json: undefined;
};

/** Where resources outlive the process. */
export interface ResourceStore {
  /** Every resource that was kept and not forgotten since, in any order. */
  load(): Promise<Iterable<StoredResource>>;
  /**
   * Makes changes durable, all of them or none, and with them what the audit log says of them. Called again only when
   * the call before has ended.
   *
   * @throws if they are not durable; then none of them is, also after a restart
   */
  write(changes: readonly StoredChange[], entries: readonly AuditEntry[]): Promise<void>;
}
