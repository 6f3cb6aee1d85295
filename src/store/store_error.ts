/** The data directory belongs to another process. The command line ends with code 69. */
export class StoreLocked extends Error {
  override readonly name = "StoreLocked";
  readonly code = "store-locked";

  constructor(readonly directory: string) {
    super(`Cannot use the data directory ${directory}: another process is using it`);
  }
}

/**
 * What lies in the data directory cannot be used: it was written by a newer version, belongs to another program, is
 * damaged, or cannot be opened. The command line ends with code 74.
 */
export class StoreUnusable extends Error {
  override readonly name = "StoreUnusable";
  readonly code = "store-unusable";
}

/** The disk refuses, and the promise was not kept before the store was closed. */
export class StoreDegraded extends Error {
  override readonly name = "StoreDegraded";
  readonly code = "store-degraded";
}

/** A batch that no engine should have written. A fault of ours, which goes on to the exit code 70. */
export class JournalFault extends Error {
  override readonly name = "JournalFault";
  readonly code = "journal-fault";
}
