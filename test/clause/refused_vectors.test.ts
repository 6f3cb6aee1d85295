import { type Broker, bytes, describe, dial, it, useBroker } from "../dialogue/mod.ts";
import { decode } from "../dialogue/decode.ts";
import { type Vector, vectorsOf, vectorVersion } from "../dialogue/vectors.ts";

describe("every golden vector that is refused, over a real socket", () => {
  const broker = useBroker();

  for (const { file, vector } of vectorsOf("client-to-server")) {
    const { answer, refused } = vector.expect;
    if (refused === undefined) continue;
    it(`${vector.clause ?? ""} ${file}: ${vector.name}`, async () => {
      if (answer === undefined) await isRefusedLater(broker, vector, Number(refused));
      else await isRefusedFirst(broker, vector, answer);
    });
  }
});

/** As the first packet: the CONNACK that the vector names, if any, and the end. */
async function isRefusedFirst(broker: Broker, vector: Vector, answer: string): Promise<void> {
  const version = answer.length > 0 && bytes(answer).length > 4 ? 5 : 4;
  const client = await dial(broker);
  client.speaks(version);
  client.sendsBytes(vector.hex);
  client.speaks(version);
  if (answer !== "") await client.receives(decode(bytes(answer), version));
  await client.isClosed();
}

/** As the second packet: DISCONNECT in version 5, and the end. */
async function isRefusedLater(broker: Broker, vector: Vector, reason: number): Promise<void> {
  const version = vectorVersion(vector);
  const client = await broker.joins({ version });
  client.sendsBytes(vector.hex);
  client.speaks(version);
  if (version === 5) await client.isDisconnected(reason);
  else await client.isClosed();
}
