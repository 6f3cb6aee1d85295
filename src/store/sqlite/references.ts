import type { DatabaseSync } from "node:sqlite";
import { arrays, numberAt } from "./rows.ts";

/**
 * Who refers to whom, as of the last commit, as far as it cannot be read off a row: kept in memory, because a count
 * in the database would be one more write for each message and acknowledgement.
 *
 * A message that is in the database and not in `shared` has one reference, which is what nearly all have.
 */
export class References {
  /** Messages that more than one entry or topic refers to, and how many do. */
  readonly shared = new Map<number, number>();
  /** Entries of each session and share group that has any. */
  readonly owned = new Map<number, number>();
  /** Those of them that have ended: their entries are still to be removed. */
  readonly ended = new Set<number>();
  /** No message with a higher number is in the database. */
  lastBody = 0;
  /** The place of the last entry that was sent. */
  sentOrder = 0;

  /** Reads them off the database: a scan of the entries and retained topics. */
  static read(database: DatabaseSync): References {
    const references = new References();
    references.#readOwners(database);
    const shared = `SELECT body, count(*) FROM (SELECT body FROM entry UNION ALL SELECT body FROM retained)
      GROUP BY body HAVING count(*) > 1`;
    for (const row of arrays(database, shared).all()) {
      references.shared.set(numberAt(row, 0), numberAt(row, 1));
    }
    const last = arrays(database, "SELECT ifnull(max(number), 0) FROM body").get();
    references.lastBody = last === undefined ? 0 : numberAt(last, 0);
    return references;
  }

  #readOwners(database: DatabaseSync): void {
    const owners = arrays(
      database,
      `SELECT owner, count(*), max(sent_order), EXISTS (SELECT 1 FROM session WHERE number = owner)
        OR EXISTS (SELECT 1 FROM share_group WHERE number = owner) FROM entry GROUP BY owner`,
    );
    for (const row of owners.all()) {
      const owner = numberAt(row, 0);
      this.owned.set(owner, numberAt(row, 1));
      this.sentOrder = Math.max(this.sentOrder, numberAt(row, 2));
      if (numberAt(row, 3) === 0) this.ended.add(owner);
    }
  }

  /** Takes over what a transaction has changed, once it is durable. */
  apply(change: ReferenceChange): void {
    for (const [body, count] of change.counts) {
      if (count > 1) this.shared.set(body, count);
      else this.shared.delete(body);
    }
    for (const owner of change.ended) this.ended.add(owner);
    for (const [owner, difference] of change.owned) this.#own(owner, difference);
    for (const owner of change.ended) if (!this.owned.has(owner)) this.ended.delete(owner);
    this.lastBody = Math.max(this.lastBody, change.lastBody);
    this.sentOrder = Math.max(this.sentOrder, change.sentOrder);
  }

  #own(owner: number, difference: number): void {
    const count = (this.owned.get(owner) ?? 0) + difference;
    if (count > 0) {
      this.owned.set(owner, count);
    } else {
      this.owned.delete(owner);
      this.ended.delete(owner);
    }
  }
}

/** What one transaction changes of the {@link References}. */
export class ReferenceChange {
  /** References gained less those lost, by message. */
  readonly bodies = new Map<number, number>();
  /** Entries gained less those lost, by owner. */
  readonly owned = new Map<number, number>();
  /** Messages of earlier batches that something new refers to. */
  readonly borrowed = new Set<number>();
  /** How many refer to a message in the end, where that is not plain from the database. */
  readonly counts = new Map<number, number>();
  readonly ended: Iterable<number>;
  readonly sentOrder: number;
  lastBody = 0;

  constructor(ended: Iterable<number>, sentOrder: number) {
    this.ended = ended;
    this.sentOrder = sentOrder;
  }

  /** Something refers to the message, or does not any more. */
  refer(body: number, difference: 1 | -1): void {
    this.bodies.set(body, (this.bodies.get(body) ?? 0) + difference);
  }

  /** An owner has an entry more or less. */
  own(owner: number, difference: 1 | -1): void {
    this.owned.set(owner, (this.owned.get(owner) ?? 0) + difference);
  }
}
