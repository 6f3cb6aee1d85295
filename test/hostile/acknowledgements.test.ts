import { describe, fresh, it, puback, pubcomp, publish, pubrec, pubrel, useBroker } from "../dialogue/mod.ts";
import { useNeighbour } from "./neighbour.ts";

describe("hostile: acknowledgements", () => {
  const broker = useBroker();
  useNeighbour(broker);

  it("every identifier that is not in use is answered or ignored", async () => {
    const client = await broker.joins();
    for (let id = 1; id <= 65_535; id += 4096) {
      client.sends(puback(id), pubcomp(id), pubrec(id), pubrel(id));
      await client.receives(pubrel(id, 0x92));
      await client.receives(pubcomp(id, 0x92));
    }
    await client.pings();
  });

  it("an acknowledgement twice frees one place, not two", async () => {
    const topic = fresh("twice");
    const [reader, writer] = [
      await broker.joins({ properties: { receiveMaximum: 1 } }),
      await broker.joins(),
    ];
    await reader.subscribes(topic, { qos: 1 });
    for (let number = 1; number <= 4; number += 1) {
      await writer.publishes(topic, { qos: 1, payload: String(number) });
    }
    const { id = 0 } = await reader.receives(publish(topic, { qos: 1, payload: "1" }));
    reader.sends(puback(id), puback(id === 9 ? 10 : 9), puback(11));
    await reader.receives(publish(topic, { qos: 1, payload: "2" }));
    await reader.receivesNothing();
  });

  it("an acknowledgement of the other kind is a protocol error", async () => {
    const cases = [
      { qos: 1, wrong: pubrec },
      { qos: 1, wrong: pubcomp },
      { qos: 2, wrong: puback },
      { qos: 2, wrong: pubcomp },
    ] as const;
    for (const { qos, wrong } of cases) {
      const topic = fresh("kind");
      const reader = await broker.joins();
      await reader.subscribes(topic, { qos });
      await (await broker.joins()).publishes(topic, { qos });
      const { id = 0 } = await reader.receives(publish(topic, { qos }));
      reader.sends(wrong(id));
      await reader.isDisconnected(0x82);
    }
  });

  it("a flood of acknowledgements and pings is worked off in order", async () => {
    const client = await broker.joins();
    for (let round = 1; round <= 2000; round += 1) client.sends(pubrel(round));
    for (let round = 1; round <= 2000; round += 1) await client.receives(pubcomp(round, 0x92));
    for (let round = 0; round < 2000; round += 1) client.sendsBytes("c0 00");
    for (let round = 0; round < 2000; round += 1) await client.hears("pingresp");
  });
});
