import type { DatabaseSync } from "node:sqlite";
import { intactColumns, isIntact } from "./body_loader.ts";
import { arrays, numberAt } from "./rows.ts";

/** What a store holds, and what is wrong with it. */
export interface CheckReport {
  readonly sessions: number;
  readonly subscriptions: number;
  readonly messages: number;
  /** Entries of queues. */
  readonly entries: number;
  readonly retained: number;
  /** Entries of sessions that have ended, which a running broker removes by and by. No fault. */
  readonly leftover: number;
  /** One line each; none if all is well. */
  readonly faults: readonly string[];
}

/** Of one kind of fault, so many are told one by one. */
const TOLD_MAX = 10;

/** Holds a database to what every commit keeps true. Reads everything. */
export function checkInvariants(database: DatabaseSync): CheckReport {
  const faults = integrityFaults(database);
  // A file whose pages are wrong cannot be asked anything.
  if (faults.length === 0) {
    for (const { sql, tell } of invariants) faults.push(...told(database, sql, tell));
    faults.push(...damagedMessages(database));
  }
  return { ...counts(database, faults.length === 0), faults };
}

interface Invariant {
  /** Selects the number of each thing that breaks it. */
  readonly sql: string;
  readonly tell: (number: string) => string;
}

const parts = ["subscription", "will", "inbound", "replay"] as const;

const invariants: readonly Invariant[] = [
  {
    sql: "SELECT count(*) FROM store HAVING count(*) <> 1",
    tell: (rows) => `The state of the journal has ${rows} rows instead of one`,
  },
  {
    sql: `SELECT number FROM (SELECT number FROM session UNION ALL SELECT number FROM share_group
      UNION ALL SELECT number FROM entry UNION ALL SELECT number FROM body)
      WHERE number > (SELECT last_number FROM store)`,
    tell: (number) => `The number ${number} is above the highest that the journal has named`,
  },
  ...parts.map((part) => ({
    sql: `SELECT DISTINCT session FROM ${part} WHERE session NOT IN (SELECT number FROM session)`,
    tell: (session: string) => `Session ${session} is not there, and has a row in ${part}`,
  })),
  {
    sql: "SELECT number FROM entry WHERE body NOT IN (SELECT number FROM body)",
    tell: (entry) => `Entry ${entry} has no message`,
  },
  {
    sql:
      `SELECT number FROM entry WHERE (packet_id > 0) <> (sent_order > 0) OR (received > 0 AND packet_id = 0)
      OR (assigned > 0 AND assigned = owner)`,
    tell: (entry) => `Entry ${entry} contradicts itself`,
  },
  {
    sql: "SELECT max(number) FROM entry WHERE sent_order > 0 GROUP BY sent_order HAVING count(*) > 1",
    tell: (entry) => `Entry ${entry} was sent in the place of another one`,
  },
  {
    sql:
      `SELECT max(entry.number) FROM entry JOIN session ON session.number = iif(assigned > 0, assigned, entry.owner)
      WHERE packet_id > 0 GROUP BY session.number, packet_id HAVING count(*) > 1`,
    tell: (entry) => `Entry ${entry} has the packet identifier of another one of its session`,
  },
  {
    sql: "SELECT body FROM retained WHERE body NOT IN (SELECT number FROM body)",
    tell: (body) => `The retained message ${body} is not there`,
  },
  {
    sql: "SELECT number FROM retained JOIN body ON number = body WHERE retained.topic <> body.topic",
    tell: (body) => `Message ${body} is retained on a topic that is not its own`,
  },
  {
    sql: `SELECT number FROM body WHERE number NOT IN (SELECT body FROM entry)
      AND number NOT IN (SELECT body FROM retained)`,
    tell: (body) => `Message ${body} is referred to by nothing`,
  },
];

/** What SQLite says of its own structures. */
function integrityFaults(database: DatabaseSync): string[] {
  const rows = arrays(database, `PRAGMA integrity_check(${TOLD_MAX})`).all();
  return rows.map(([text]) => String(text)).filter((text) => text !== "ok").map((text) =>
    `The file is damaged: ${text}`
  );
}

function told(database: DatabaseSync, sql: string, tell: Invariant["tell"]): string[] {
  const rows = arrays(database, `${sql} LIMIT ${TOLD_MAX + 1}`).all();
  const lines = rows.slice(0, TOLD_MAX).map(([number]) => tell(String(number)));
  return rows.length > TOLD_MAX ? [...lines, "… and more of this kind"] : lines;
}

function damagedMessages(database: DatabaseSync): string[] {
  const faults: string[] = [];
  for (const row of arrays(database, `SELECT ${intactColumns} FROM body`).iterate()) {
    if (isIntact(row)) continue;
    faults.push(`Message ${numberAt(row, 0)} does not have the checksum that it came with`);
    if (faults.length === TOLD_MAX) break;
  }
  return faults;
}

function counts(database: DatabaseSync, readable: boolean): Omit<CheckReport, "faults"> {
  const count = (sql: string): number => {
    const row = readable ? arrays(database, `SELECT count(*) FROM ${sql}`).get() : undefined;
    return row === undefined ? 0 : numberAt(row, 0);
  };
  return {
    sessions: count("session"),
    subscriptions: count("subscription"),
    messages: count("body"),
    entries: count("entry"),
    retained: count("retained"),
    leftover: count(
      "entry WHERE owner NOT IN (SELECT number FROM session UNION ALL SELECT number FROM share_group)",
    ),
  };
}
