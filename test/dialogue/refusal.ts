import type { Broker } from "./broker.ts";
import { connack } from "./build.ts";
import { dial } from "./client.ts";
import type { ProtocolVersion } from "./packet.ts";

/**
 * A new connection says these bytes first, and is refused.
 *
 * @param first bytes in the notation of `bytes`
 * @param reason of the CONNACK that comes before the end; none comes if it is undefined
 */
export async function refuses(
  broker: Broker,
  first: string,
  reason: number | undefined,
  version: ProtocolVersion = 5,
): Promise<void> {
  const client = await dial(broker);
  client.speaks(version);
  client.sendsBytes(first);
  if (reason !== undefined) await client.receives(connack({ reason }));
  await client.isClosed();
}

/**
 * A client with a session says these bytes, and the broker closes the connection.
 *
 * @param said bytes in the notation of `bytes`
 * @param reason of the DISCONNECT that comes before the end; undefined before version 5, which has none
 */
export async function endsOn(broker: Broker, said: string, reason?: number): Promise<void> {
  const client = await broker.joins();
  client.sendsBytes(said);
  if (reason === undefined) await client.isClosed();
  else await client.isDisconnected(reason);
}

/** Runs one check over many cases at once; a failure names its case. */
export async function forEach<Case>(
  cases: readonly Case[],
  check: (one: Case) => Promise<void>,
): Promise<void> {
  await Promise.all(cases.map(async (one) => {
    try {
      await check(one);
    } catch (error) {
      throw new Error(`${JSON.stringify(one)}: ${(error as Error).message}`, { cause: error });
    }
  }));
}
