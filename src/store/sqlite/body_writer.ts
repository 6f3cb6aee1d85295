import type { DatabaseSync } from "node:sqlite";
import { JournalFault } from "../store_error.ts";
import type { StoredBody } from "./frame/operation.ts";
import type { ReferenceChange, References } from "./references.ts";
import { arrays, type ArrayStatement, bytesAt, ForNumbers, RowInserter } from "./rows.ts";

/**
 * Keeps a message exactly as long as something refers to it. A message that was brought and to which nothing
 * refers at the end of its batch is never written.
 */
export class BodyWriter {
  readonly #insert: RowInserter;
  readonly #delete: ForNumbers;
  readonly #topic: ArrayStatement;

  constructor(database: DatabaseSync) {
    this.#insert = new RowInserter(
      database,
      "INSERT INTO body (number, expires_at, flags, checksum, topic, forwarded_bytes, contents)",
      7,
    );
    this.#delete = new ForNumbers(database, "DELETE FROM body WHERE number IN (?)");
    this.#topic = arrays(database, "SELECT topic FROM body WHERE number = ?");
  }

  topicOf(body: number): Uint8Array {
    const row = this.#topic.get(body);
    if (row === undefined) throw missing(body);
    return bytesAt(row, 0);
  }

  /** Writes the messages that something refers to now, and removes those to which nothing does any more. */
  write(brought: ReadonlyMap<number, StoredBody>, references: References, change: ReferenceChange): void {
    const gone: number[] = [];
    for (const [body, difference] of change.bodies) {
      const stored = brought.get(body);
      const before = this.#countBefore(body, { brought: stored !== undefined, references, change });
      const after = before + difference;
      if (after <= 0) {
        if (before > 0) gone.push(body);
      } else if (before === 0 && stored !== undefined) {
        this.#add(stored);
        change.lastBody = Math.max(change.lastBody, body);
      }
      if (before > 1 || after > 1) change.counts.set(body, after);
    }
    this.#insert.flush();
    this.#delete.run(gone);
  }

  reset(): void {
    this.#insert.reset();
  }

  /** How many refer to a message in the database; it is asked only where memory does not say. */
  #countBefore(
    body: number,
    { brought, references, change }: { brought: boolean; references: References; change: ReferenceChange },
  ): number {
    const shared = references.shared.get(body);
    if (shared !== undefined) return shared;
    if (brought) return body > references.lastBody ? 0 : Number(this.#has(body));
    if (change.borrowed.has(body) && !this.#has(body)) throw missing(body);
    return 1;
  }

  #has(body: number): boolean {
    return this.#topic.get(body) !== undefined;
  }

  #add({ body, expires, flags, checksum, topic, forwarded, payload }: StoredBody): void {
    this.#insert.add(body, expires, flags, checksum, topic, forwarded.length, contentsOf(forwarded, payload));
  }
}

/** Most messages have no properties, and are not copied. */
function contentsOf(forwarded: Uint8Array, payload: Uint8Array): Uint8Array {
  if (forwarded.length === 0) return payload;
  const contents = new Uint8Array(forwarded.length + payload.length);
  contents.set(forwarded);
  contents.set(payload, forwarded.length);
  return contents;
}

function missing(body: number): JournalFault {
  return new JournalFault(
    `Cannot refer to message ${body}: it is not stored, or nothing referred to it any more; store it again first`,
  );
}
