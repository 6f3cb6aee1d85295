import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Batch, NewEntry } from "./batch.ts";
import { BodyWriter } from "./body_writer.ts";
import { ReferenceChange, type References } from "./references.ts";
import { arrays, type ArrayStatement, ForNumbers, numberAt, RowInserter } from "./rows.ts";
import { SessionWriter } from "./session_writer.ts";

/** Writes what a batch comes to. Everything happens in the caller's transaction. */
export class BatchWriter {
  readonly #sessions: SessionWriter;
  readonly #bodies: BodyWriter;
  readonly #openGroup: StatementSync;
  readonly #closeGroup: StatementSync;
  readonly #insertEntries: RowInserter;
  readonly #changeEntry: StatementSync;
  readonly #inheritEntries: ForNumbers;
  readonly #deleteEntries: ForNumbers;
  readonly #retainedOn: ArrayStatement;
  readonly #retain: StatementSync;
  readonly #clear: StatementSync;

  constructor(database: DatabaseSync) {
    this.#sessions = new SessionWriter(database);
    this.#bodies = new BodyWriter(database);
    this.#openGroup = database.prepare("INSERT INTO share_group (number, subscription) VALUES (?, ?)");
    this.#closeGroup = database.prepare("DELETE FROM share_group WHERE number = ?");
    this.#insertEntries = new RowInserter(
      database,
      "INSERT INTO entry (number, owner, body, flags, identifiers, assigned, packet_id, sent_order, received)",
      9,
    );
    this.#changeEntry = database.prepare(
      `UPDATE entry SET assigned = ifnull(?, assigned), packet_id = ifnull(?, packet_id),
        sent_order = ifnull(?, sent_order), received = ifnull(?, received) WHERE number = ?`,
    );
    this.#inheritEntries = new ForNumbers(
      database,
      "UPDATE entry SET owner = assigned, assigned = 0 WHERE number IN (?) RETURNING owner",
    );
    this.#deleteEntries = new ForNumbers(
      database,
      "DELETE FROM entry WHERE number IN (?) RETURNING owner, body",
    );
    this.#retainedOn = arrays(database, "SELECT body FROM retained WHERE topic = ?");
    this.#retain = database.prepare("INSERT OR REPLACE INTO retained (topic, body) VALUES (?, ?)");
    this.#clear = database.prepare("DELETE FROM retained WHERE topic = ?");
  }

  /**
   * The topic of a message that is in the database.
   *
   * @throws {JournalFault} if there is none
   */
  readonly topicOf = (body: number): Uint8Array => this.#bodies.topicOf(body);

  /**
   * Writes a batch.
   *
   * @returns what it changes of `references`, for the time when it is durable
   * @throws {JournalFault} if it refers to a message that is not there
   */
  write(batch: Batch, references: References): ReferenceChange {
    const change = new ReferenceChange(batch.ended, batch.sentOrder);
    this.#writeGroups(batch);
    this.#sessions.write(batch.sessions);
    this.#deleteDone(batch, change);
    this.#insert(batch, change);
    this.#changeEntries(batch, change);
    this.#writeRetained(batch, change);
    this.#bodies.write(batch.bodies, references, change);
    return change;
  }

  /** Forgets rows that were collected for a transaction that is no more. */
  reset(): void {
    this.#insertEntries.reset();
    this.#bodies.reset();
  }

  #writeGroups({ groups }: Batch): void {
    for (const [group, subscription] of groups) {
      if (subscription === undefined) this.#closeGroup.run(group);
      else this.#openGroup.run(group, subscription);
    }
  }

  #deleteDone({ done }: Batch, change: ReferenceChange): void {
    for (const row of this.#deleteEntries.rows(done)) {
      change.own(numberAt(row, 0), -1);
      change.refer(numberAt(row, 1), -1);
    }
  }

  #insert({ entries, bodies }: Batch, change: ReferenceChange): void {
    for (const entry of entries.values()) {
      this.#insertEntry(entry);
      change.own(entry.owner, 1);
      change.refer(entry.body, 1);
      if (!bodies.has(entry.body)) change.borrowed.add(entry.body);
    }
    this.#insertEntries.flush();
  }

  #insertEntry(entry: NewEntry): void {
    const { owner, body, flags, identifiers, assigned, packetId, sentOrder, received } = entry;
    this.#insertEntries.add(
      entry.entry,
      owner,
      body,
      flags,
      identifiers,
      assigned,
      packetId,
      sentOrder,
      received ? 1 : 0,
    );
  }

  #changeEntries({ changes, inherited }: Batch, change: ReferenceChange): void {
    for (const [entry, { assigned, packetId, sentOrder, received }] of changes) {
      const flag = received === undefined ? null : Number(received);
      this.#changeEntry.run(assigned ?? null, packetId ?? null, sentOrder ?? null, flag, entry);
    }
    for (const [entry, owner] of inherited) {
      for (const row of this.#inheritEntries.rows([entry])) {
        change.own(owner, -1);
        change.own(numberAt(row, 0), 1);
      }
    }
  }

  #writeRetained({ retained, bodies }: Batch, change: ReferenceChange): void {
    for (const { topic, body } of retained.values()) {
      const row = this.#retainedOn.get(topic);
      const before = row === undefined ? 0 : numberAt(row, 0);
      if (before === body) continue;
      if (before > 0) change.refer(before, -1);
      if (body === 0) {
        this.#clear.run(topic);
      } else {
        this.#retain.run(topic, body);
        change.refer(body, 1);
        if (!bodies.has(body)) change.borrowed.add(body);
      }
    }
  }
}
