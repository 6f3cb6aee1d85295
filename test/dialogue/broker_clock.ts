import type { Broker } from "./broker.ts";
import { fresh, publish } from "./build.ts";

/**
 * Lets whole seconds pass on the broker's own clock, told by an event: a will with that delay arrives.
 *
 * @param seconds one more than what a test wants to see over, so that no rounding spoils it
 */
export async function secondsPass(broker: Broker, seconds: number): Promise<void> {
  const topic = fresh("clock");
  const watcher = await broker.joins({ version: 5 });
  await watcher.subscribes(topic);
  const client = await broker.joins({
    version: 5,
    will: { topic, properties: { willDelayInterval: seconds } },
    properties: { sessionExpiryInterval: seconds + 10 },
  });
  client.cuts();
  await watcher.receives(publish(topic));
  await watcher.leaves();
}
