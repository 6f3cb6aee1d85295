import {
  bytes,
  connack,
  connect,
  describe,
  dial,
  forEach,
  fresh,
  it,
  publish,
  refuses,
  useBroker,
} from "../dialogue/mod.ts";
import { useNeighbour } from "./neighbour.ts";

describe("hostile: CONNECT", () => {
  const broker = useBroker();
  useNeighbour(broker);

  it("ten thousand user properties are taken, since nothing keeps them", async () => {
    const userProperties = Array.from({ length: 10_000 }, (_, at) => [`k${at}`, `v${at}`] as const);
    const client = await dial(broker);
    client.sends(connect({ properties: { userProperties } }));
    const { reason } = await client.hears("connack");
    if (reason !== 0 && reason !== 0x97 && reason !== 0x95) throw new Error(`the reason is ${reason}`);
  });

  it("ten thousand user properties of a will are too much: 0x97", async () => {
    const userProperties = Array.from({ length: 10_000 }, (_, at) => [`k${at}`, `v${at}`] as const);
    const client = await dial(broker);
    client.sends(connect({ will: { topic: "w", properties: { userProperties } } }));
    await client.receives(connack({ reason: 0x97 }));
    await client.isClosed();
  });

  it("a CONNECT of more than 512 KiB is closed before it is read", async () => {
    const client = await dial(broker);
    client.sendsBytes("10 818020");
    await client.isClosed();
  });

  it("a client identifier of 65,535 bytes is a client identifier", async () => {
    const clientId = "x".repeat(65_535);
    const first = await broker.joins({ clientId });
    await broker.joins({ clientId });
    await first.isDisconnected(0x8e);
  });

  it("a hundred connections that fight for one client identifier leave one", async () => {
    const clientId = fresh("fight");
    const clients = await Promise.all(Array.from({ length: 100 }, () => dial(broker)));
    for (const client of clients) {
      client.sends(connect({ clientId, properties: { sessionExpiryInterval: 100 } }));
    }
    const outcomes = await Promise.all(clients.map(async (client) => {
      client.sendsBytes("c0 00");
      for (;;) {
        const packet = await client.hearsAnything().catch(() => undefined);
        if (packet === undefined || packet.type === "disconnect") return false;
        if (packet.type === "pingresp") return true;
      }
    }));
    if (outcomes.filter(Boolean).length < 1) throw new Error("nobody is left");
  });

  it("a storm of wills arrives whole", async () => {
    const topic = fresh("storm");
    const watcher = await broker.joins();
    await watcher.subscribes(topic);
    const clients = await Promise.all(
      Array.from({ length: 100 }, () => broker.joins({ will: { topic, payload: "gone" } })),
    );
    for (const client of clients) client.cuts();
    for (let number = 0; number < 100; number += 1) {
      await watcher.receives(publish(topic, { payload: "gone" }));
    }
  });

  it("every single bit of the connect flags, wrong or right, is answered or closed", async () => {
    const legal = new Set([0x00, 0x02, 0x40, 0x42]);
    await forEach(Array.from({ length: 256 }, (_, flags) => flags), async (flags) => {
      const hexFlags = flags.toString(16).padStart(2, "0");
      const client = await dial(broker);
      const rest = flags & 0x40 ? `"p"` : "";
      client.sendsBytes(bytes(`10 ["MQTT" 05 ${hexFlags} 003c [] "f${hexFlags}" ${rest}]`));
      const { reason } = await client.hears("connack");
      if (legal.has(flags) ? reason !== 0 : reason < 0x80) throw new Error(`the reason is ${reason}`);
    });
  });

  it("lengths that lie are refused: a string beyond the packet, properties beyond the packet", async () => {
    await refuses(broker, `10 ["MQTT" 05 02 003c [] ffff 'x']`, 0x81);
    await refuses(broker, `10 ["MQTT" 05 02 003c ffffff7f "x"]`, 0x81);
    await refuses(broker, `10 [ffff 'MQTT' 05 02 003c [] "x"]`, undefined);
  });
});
