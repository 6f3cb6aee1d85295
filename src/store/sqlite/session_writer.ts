import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { SessionChange } from "./session_change.ts";

/** The tables of what a session has; all of it goes with the session. */
const PARTS = ["subscription", "will", "inbound", "replay"] as const;

/** Writes sessions and what they have, messages aside. */
export class SessionWriter {
  readonly #open: StatementSync;
  readonly #detach: StatementSync;
  readonly #end: StatementSync;
  readonly #endParts: readonly StatementSync[];
  readonly #subscribe: StatementSync;
  readonly #unsubscribe: StatementSync;
  readonly #setWill: StatementSync;
  readonly #clearWill: StatementSync;
  readonly #take: StatementSync;
  readonly #release: StatementSync;
  readonly #beginReplay: StatementSync;
  readonly #endReplay: StatementSync;

  constructor(database: DatabaseSync) {
    const prepare = (sql: string): StatementSync => database.prepare(sql);
    this.#open = prepare(
      `INSERT INTO session (number, client_id, expiry, owned_by, principal, detached_at) VALUES (?, ?, ?, ?, ?, NULL)
        ON CONFLICT (number) DO UPDATE SET expiry = excluded.expiry, owned_by = excluded.owned_by,
          principal = excluded.principal, detached_at = NULL`,
    );
    this.#detach = prepare("UPDATE session SET detached_at = ? WHERE number = ?");
    this.#end = prepare("DELETE FROM session WHERE number = ?");
    this.#endParts = PARTS.map((part) => prepare(`DELETE FROM ${part} WHERE session = ?`));
    this.#subscribe = prepare(
      "INSERT OR REPLACE INTO subscription (session, filter, flags, identifier) VALUES (?, ?, ?, ?)",
    );
    this.#unsubscribe = prepare("DELETE FROM subscription WHERE session = ? AND filter = ?");
    this.#setWill = prepare(
      `INSERT OR REPLACE INTO will (session, flags, delay, message_expiry, topic, forwarded, payload)
        VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#clearWill = prepare("DELETE FROM will WHERE session = ?");
    this.#take = prepare("INSERT OR IGNORE INTO inbound (session, packet_id) VALUES (?, ?)");
    this.#release = prepare("DELETE FROM inbound WHERE session = ? AND packet_id = ?");
    this.#beginReplay = prepare(
      "INSERT OR REPLACE INTO replay (session, filter, qos, identifier, cursor) VALUES (?, ?, ?, ?, ?)",
    );
    this.#endReplay = prepare("DELETE FROM replay WHERE session = ? AND filter = ?");
  }

  write(changes: ReadonlyMap<number, SessionChange>): void {
    for (const [session, change] of changes) {
      if (change.ended) this.#remove(session);
      else this.#change(session, change);
    }
  }

  /** A session that is not there has nothing. */
  #remove(session: number): void {
    if (this.#end.run(session).changes === 0) return;
    for (const statement of this.#endParts) statement.run(session);
  }

  #change(session: number, change: SessionChange): void {
    const { opened, detachedAt } = change;
    if (opened !== undefined) {
      const { clientId, expiry, owner, principal } = opened;
      this.#open.run(session, clientId, expiry, owner, principal);
    }
    if (detachedAt !== undefined) this.#detach.run(detachedAt, session);
    this.#writeWill(session, change);
    for (const { name, value } of change.subscriptions.values()) {
      if (value === undefined) this.#unsubscribe.run(session, name);
      else this.#subscribe.run(session, name, value.flags, value.identifier);
    }
    for (const [packetId, taken] of change.inbound) {
      (taken ? this.#take : this.#release).run(session, packetId);
    }
    for (const { name, value } of change.replays.values()) {
      if (value === undefined) this.#endReplay.run(session, name);
      else this.#beginReplay.run(session, name, value.qos, value.identifier, value.cursor);
    }
  }

  #writeWill(session: number, { will }: SessionChange): void {
    if (will === undefined) return;
    if (will === null) {
      this.#clearWill.run(session);
      return;
    }
    const { flags, delay, messageExpiry, topic, forwarded, payload } = will;
    this.#setWill.run(session, flags, delay, messageExpiry, topic, forwarded, payload);
  }
}
