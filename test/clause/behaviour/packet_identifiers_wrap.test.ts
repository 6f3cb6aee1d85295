import assert from "node:assert/strict";
import { describe, encode, fresh, it, puback, publish, useBroker } from "../../dialogue/mod.ts";

describe("packet identifiers wrap while an old one is still out", () => {
  const broker = useBroker();

  it("70,000 messages: none gets the identifier of the one that is never acknowledged", async () => {
    const topic = fresh("wrap");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(topic, { qos: 1 });
    await writer.publishes(topic, { qos: 1, payload: "held" });
    const { id: held } = await reader.receives(publish(topic, { qos: 1, payload: "held" }));
    const seen = new Set<number>();
    for (let round = 0; round < 1000; round += 1) {
      const ids = await exchange(70);
      for (const id of ids) seen.add(id);
    }
    assert.ok(!seen.has(held ?? 0), `identifier ${held} is used twice`);
    assert.ok(seen.size <= 65_534);
    await reader.pings();

    /** So many messages from writer to reader; gives the identifiers that the reader saw. */
    async function exchange(count: number): Promise<number[]> {
      const batch = Array.from(
        { length: count },
        (_, at) => encode(publish(topic, { qos: 1, id: at + 1 }), 5),
      );
      writer.sendsBytes(Uint8Array.from(batch.flatMap((bytes) => Array.from(bytes))));
      const ids: number[] = [];
      for (let at = 0; at < count; at += 1) ids.push((await reader.hears("publish")).id ?? 0);
      reader.sends(...ids.map((id) => puback(id)));
      for (let at = 0; at < count; at += 1) await writer.hears("puback");
      return ids;
    }
  });
});
