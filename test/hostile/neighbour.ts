import { afterEach, beforeAll } from "@std/testing/bdd";
import { type Broker, type Client, fresh, publish } from "../dialogue/mod.ts";

/** A client that minds its own business while others attack. */
export interface Neighbour {
  /** It still gets what it publishes. */
  isServed(): Promise<void>;
}

/** A neighbour that connects before the tests around this call, and must be served after each of them. */
export function useNeighbour(broker: Pick<Broker, "joins">): Neighbour {
  const topic = fresh("neighbour");
  let client: Client | undefined;
  const isServed = async () => {
    const payload = fresh("still here ");
    await client?.publishes(topic, { qos: 1, payload });
    await client?.takes(publish(topic, { qos: 1, payload }));
  };
  beforeAll(async () => {
    client = await broker.joins();
    await client.subscribes(topic, { qos: 1 });
  });
  afterEach(isServed);
  return { isServed };
}
