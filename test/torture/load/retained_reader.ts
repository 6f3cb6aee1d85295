import { Client } from "../client/client.ts";
import type { Address } from "../client/connection.ts";
import type { RetainedLedger, RetainedValue } from "../ledger/retained_ledger.ts";
import { until } from "../until.ts";
import { keyOf, labelOf } from "./payload.ts";
import { retainedFilter } from "./topics.ts";

/**
 * Lets a new client subscribe to all retained messages, while nobody changes them, and tells the ledger what it got.
 * MQTT does not say when a replay ends: it is over when all that must be there has come and one more request was
 * answered; what comes later goes unseen.
 *
 * @param patienceMilliseconds how long what must be there may take to come
 */
export async function readRetained(
  address: Address,
  ledger: RetainedLedger,
  patienceMilliseconds: number,
): Promise<void> {
  const found = new Map<string, RetainedValue>();
  const client = new Client({
    id: "retained-reader",
    version: 5,
    sessionExpirySeconds: 0,
    keyOf,
    received: ({ topic, payload }) => found.set(topic, labelOf(payload)?.sequence ?? -1),
    identifierReused: () => {},
  });
  await client.connect(address);
  await client.subscribeRetained(retainedFilter, 1);
  await until(() => ledger.certain().every((topic) => found.has(topic)), patienceMilliseconds);
  await client.unsubscribe(retainedFilter);
  client.leave();
  ledger.observed(found);
}
