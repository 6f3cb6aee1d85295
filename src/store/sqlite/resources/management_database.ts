import { DatabaseSync } from "node:sqlite";
import { BUSY_MS, usable } from "../database.ts";
import { dataPaths } from "../data_directory.ts";
import { migrate } from "../schema/schema.ts";
import { AuditTable } from "./audit_table.ts";
import { ResourceTable } from "./resource_table.ts";
import { TokenTable } from "./token_table.ts";

/**
 * Resources, operator tokens and the audit log, over a connection of their own to the store's file.
 *
 * They change rarely and are small, so they are written where the call comes from, each change durable before it is
 * answered. A write may wait for a commit of the journal; it cannot wait long, since nobody hands over the next batch
 * meanwhile.
 */
export class ManagementDatabase {
  readonly resources: ResourceTable;
  readonly operatorTokens: TokenTable;
  readonly audit: AuditTable;
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
    this.audit = new AuditTable(database);
    this.resources = new ResourceTable(database, this.audit);
    this.operatorTokens = new TokenTable(database, this.audit);
  }

  /**
   * Opens what lies in a data directory that `SqliteStore` has taken, and created where it was not there.
   *
   * @throws {StoreUnusable} if it cannot be used
   */
  static open(directory: string): ManagementDatabase {
    return ManagementDatabase.#at(dataPaths(directory).database);
  }

  /** One that ends with the process (`durability: memory`). */
  static inMemory(): ManagementDatabase {
    return ManagementDatabase.#at(":memory:");
  }

  static #at(path: string): ManagementDatabase {
    return usable(path, () => {
      const database = new DatabaseSync(path);
      try {
        database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
        migrate(database, path);
        // A right that was taken away must stay taken away, whatever durability messages have.
        database.exec("PRAGMA synchronous = FULL");
        // The journal's committer writes the log back.
        database.exec("PRAGMA wal_autocheckpoint = 0");
        return new ManagementDatabase(database);
      } catch (error) {
        database.close();
        throw error;
      }
    });
  }

  /** Comes before the store itself is closed, which writes the log back for the last time. */
  close(): void {
    this.#database.close();
  }
}
