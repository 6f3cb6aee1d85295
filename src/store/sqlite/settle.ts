import type { DatabaseSync } from "node:sqlite";
import { Batch } from "./batch.ts";
import { QOS_MASK } from "./frame/operation.ts";
import { arrays, numberAt } from "./rows.ts";

/** Exactly once. */
const QOS_2 = 2;

/**
 * What the end of a broker means for what it left, before anything is recovered. Each statement finds nothing the
 * second time, so this can be done again when it could not be made durable.
 *
 * - Sessions that were connected are detached since the last liveness mark.
 * - Share groups whose members all ended with their connections have none any more, and are gone.
 * - A share group's entries that were out with a session that is gone go back to the group at QoS 1, or are discarded
 *   at QoS 2 (v5 [MQTT-4.8.2-5]).
 * - Entries that are out with a session, of a group that is gone, pass to the session.
 *
 * @returns what is to be written of entries, in the transaction that this ran in
 */
export function settle(database: DatabaseSync): Batch {
  database.exec("UPDATE session SET detached_at = (SELECT alive_at FROM store) WHERE detached_at IS NULL");
  const batch = Batch.empty(0);
  for (const row of arrays(database, removeEmptyGroups).all()) batch.ended.add(numberAt(row, 0));
  for (const row of arrays(database, assignedEntries).all()) {
    const [entry, owner, flags] = [numberAt(row, 0), numberAt(row, 1), numberAt(row, 2)];
    const [sent, received] = [numberAt(row, 3) > 0, numberAt(row, 4) === 1];
    const [memberLives, groupLives] = [numberAt(row, 5) === 1, numberAt(row, 6) === 1];
    const exactlyOnce = received || (flags & QOS_MASK) === QOS_2;
    if (memberLives && sent) {
      if (!groupLives) batch.inherited.set(entry, owner);
    } else if (sent && exactlyOnce) {
      batch.acknowledged(entry);
    } else {
      batch.returned(entry);
    }
  }
  return batch;
}

const removeEmptyGroups = `
  DELETE FROM share_group WHERE subscription NOT IN (
    SELECT filter FROM subscription WHERE substr(filter, 1, 7) = CAST('$share/' AS BLOB)
  ) RETURNING number`;

const assignedEntries = `
  SELECT number, owner, flags, packet_id, received,
    EXISTS (SELECT 1 FROM session WHERE number = entry.assigned),
    EXISTS (SELECT 1 FROM share_group WHERE number = entry.owner)
  FROM entry WHERE assigned > 0`;
