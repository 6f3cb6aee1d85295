import assert from "node:assert/strict";
import {
  describe,
  dial,
  disconnect,
  fresh,
  it,
  publish,
  startBroker,
  withinSeconds,
} from "../../dialogue/mod.ts";

describe("the end of the broker", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`${signal}: version 5 is told 0x8B, all are closed, and the code is 0, within 5 s`, async () => {
      const broker = await startBroker();
      const [new5, old4] = [
        await (await dial(broker)).connects(),
        await (await dial(broker)).connects({ version: 4 }),
      ];
      const code = await withinSeconds(5, broker.process.stops(signal));
      assert.equal(code, 0, broker.process.log());
      await new5.receives(disconnect(0x8b));
      await new5.isClosed();
      await old4.isClosed();
    });
  }

  it("the will of a session that ends with its connection is published before", async () => {
    const broker = await startBroker();
    const topic = fresh("will");
    const watcher = await (await dial(broker)).connects();
    await watcher.subscribes(topic);
    await (await dial(broker)).connects({ will: { topic, payload: "stopped" } });
    await broker.process.stops("SIGTERM");
    await watcher.receives(publish(topic, { payload: "stopped" }));
    await watcher.receives(disconnect(0x8b));
  });

  it("a client that does not read does not hold it up", async () => {
    const broker = await startBroker();
    const topic = fresh("deaf");
    const deaf = await (await dial(broker)).connects();
    await deaf.subscribes(topic, { qos: 1 });
    deaf.stopsReading();
    const writer = await (await dial(broker)).connects();
    for (let number = 1; number <= 50; number += 1) {
      writer.sends(publish(topic, { qos: 1, id: number, payload: "x".repeat(100_000) }));
    }
    for (let number = 1; number <= 50; number += 1) await writer.hears("puback");
    assert.equal(await withinSeconds(5, broker.process.stops("SIGTERM")), 0, broker.process.log());
    deaf.cuts();
  });
});
