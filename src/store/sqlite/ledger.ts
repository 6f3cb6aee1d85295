import type { DatabaseSync, StatementSync } from "node:sqlite";
import { JournalFault } from "../store_error.ts";
import { Batch } from "./batch.ts";
import { BatchWriter } from "./batch_writer.ts";
import type { OpenRequest, RecoveryStep } from "./calls.ts";
import { openDatabase, usable } from "./database.ts";
import { Recovery } from "./recovery.ts";
import { References } from "./references.ts";
import { arrays, numberAt } from "./rows.ts";
import { settle } from "./settle.ts";
import { Sweep } from "./sweep.ts";

/** SQLite's code for a broken constraint; its finer codes are above the low byte. */
const SQLITE_CONSTRAINT = 19;

/** An open database and what is remembered of it. After a failure it is closed, and another one is opened. */
export class Ledger {
  readonly database: DatabaseSync;
  readonly #path: string;
  readonly #writer: BatchWriter;
  readonly #sweep: Sweep;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #advance: StatementSync;
  readonly #fullSync: boolean;
  #settled: boolean;
  #sequence: number;
  #known: References | undefined;

  /** @throws {StoreUnusable} if it cannot be opened */
  constructor({ path, durability, settled }: OpenRequest) {
    this.#path = path;
    this.database = openDatabase(path, durability);
    this.#writer = new BatchWriter(this.database);
    this.#sweep = new Sweep(this.database);
    this.#begin = this.database.prepare("BEGIN IMMEDIATE");
    this.#commit = this.database.prepare("COMMIT");
    this.#advance = this.database.prepare(
      "UPDATE store SET sequence = ?1, last_number = max(last_number, ?2), alive_at = iif(?3 > 0, ?3, alive_at)",
    );
    this.#fullSync = durability === "strict";
    this.#settled = settled;
    this.#sequence = this.#state().sequence;
  }

  /** The last batch that is durable. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Who refers to whom. Read when it is first needed, which is a scan: a start does not wait for it. */
  get references(): References {
    return this.#known ??= References.read(this.database);
  }

  /** All that is kept, step by step. Nothing may be committed before the last one. */
  *recover(): Generator<RecoveryStep> {
    const settled = this.#trySettle();
    // A disk that is full must not keep a broker from starting: what is not durable yet is seen in here alone.
    if (!settled) this.#beginSettling();
    try {
      const recovery = new Recovery(this.database);
      for (const chunk of recovery.chunks()) yield { ...chunk, total: recovery.total };
    } finally {
      if (!settled) this.#rollBack();
    }
    yield { recovered: this.#state(), settled };
  }

  /**
   * Makes a batch durable.
   *
   * @param aliveAt a liveness mark that goes along, 0 for none
   * @throws {JournalFault} if it is damaged, out of order or breaks the journal's rules; nothing has happened then
   */
  commit({ frames, sequence }: { frames: Uint8Array; sequence: number }, aliveAt: number): void {
    if (sequence !== this.#sequence + 1) {
      throw new JournalFault(`Cannot commit batch ${sequence}: the next one is ${this.#sequence + 1}`);
    }
    const { sentOrder } = this.references;
    const batch = Batch.fold(frames, { sentOrder, topicOf: this.#writer.topicOf });
    this.#settle();
    this.#transact(batch, () => this.#advance.run(sequence, batch.lastNumber, aliveAt));
    this.#sequence = sequence;
  }

  /** Makes a liveness mark durable. */
  markAlive(wall: number): void {
    this.#settle();
    this.#advance.run(this.#sequence, 0, wall);
  }

  /** Removes some of what is left of sessions and groups that have ended; true if there is more. */
  sweep(): boolean {
    if (this.references.ended.size === 0) return false;
    const batch = this.#sweep.next(this.references);
    if (batch.done.length > 0 || batch.inherited.size > 0) this.unsynced(() => this.#transact(batch));
    return this.references.ended.size > 0;
  }

  /** Writes what promises nothing: if it is lost with the power, it is done again, and later commits sync it too. */
  unsynced(write: () => unknown): void {
    if (this.#fullSync) this.database.exec("PRAGMA synchronous = NORMAL");
    try {
      write();
    } finally {
      if (this.#fullSync) this.database.exec("PRAGMA synchronous = FULL");
    }
  }

  close(): void {
    this.database.close();
  }

  /** Once the broker's last end is settled this does nothing. */
  #settle(): void {
    if (this.#settled) return;
    try {
      this.#beginSettling();
      this.#commit.run();
      this.#settled = true;
    } catch (error) {
      this.#rollBack();
      throw error;
    } finally {
      this.#known = undefined;
    }
  }

  #trySettle(): boolean {
    try {
      this.#settle();
      return true;
    } catch {
      return false;
    }
  }

  #beginSettling(): void {
    this.#begin.run();
    const batch = settle(this.database);
    if (batch.changesEntries) this.#writer.write(batch, References.read(this.database));
  }

  /** Writes a batch in one transaction; `references` follow once it is durable. */
  #transact(batch: Batch, finish: () => void = () => {}): void {
    const { references } = this;
    this.#begin.run();
    try {
      const change = this.#writer.write(batch, references);
      finish();
      this.#commit.run();
      references.apply(change);
    } catch (error) {
      this.#rollBack();
      throw isConstraint(error) ? new JournalFault(`Cannot commit the batch: ${error.message}`) : error;
    }
  }

  #rollBack(): void {
    this.#writer.reset();
    if (this.database.isTransaction) this.database.exec("ROLLBACK");
  }

  #state(): { sequence: number; lastNumber: number; aliveAt: number } {
    const row = usable(
      this.#path,
      () => arrays(this.database, "SELECT sequence, last_number, alive_at FROM store").get() ?? [],
    );
    return { sequence: numberAt(row, 0), lastNumber: numberAt(row, 1), aliveAt: numberAt(row, 2) };
  }
}

function isConstraint(error: unknown): error is Error {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" &&
    (error.errcode & 0xff) === SQLITE_CONSTRAINT;
}
