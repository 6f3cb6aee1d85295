import {
  describe,
  endsOn,
  filter,
  fresh,
  it,
  publish,
  suback,
  subscribe,
  unsuback,
  unsubscribe,
  useBroker,
} from "../dialogue/mod.ts";
import { useNeighbour } from "./neighbour.ts";

describe("hostile: SUBSCRIBE", () => {
  const broker = useBroker();
  useNeighbour(broker);

  it("a thousand filters in one packet are granted, and the next is refused with 0x97", async () => {
    const topic = fresh("many");
    const client = await broker.joins();
    const filters = Array.from({ length: 1001 }, (_, at) => filter(`${topic}/${at}/+/#`));
    client.sends(subscribe(1, filters));
    await client.receives(suback(1, [...Array.from({ length: 1000 }, () => 0), 0x97]));
    client.sends(unsubscribe(2, filters.slice(0, 1000).map((one) => one.filter)));
    await client.receives(unsuback(2, Array.from({ length: 1000 }, () => 0)));
  });

  it("ten thousand subscriptions are the most of one session", async () => {
    const topic = fresh("most");
    const client = await broker.joins();
    for (let packet = 0; packet < 10; packet += 1) {
      client.sends(
        subscribe(1, Array.from({ length: 1000 }, (_, at) => filter(`${topic}/${packet * 1000 + at}`))),
      );
      await client.receives(suback(1, Array.from({ length: 1000 }, () => 0)));
    }
    client.sends(subscribe(1, [filter(`${topic}/more`), filter(`${topic}/0`)]));
    await client.receives(suback(1, [0x97, 0]));
    await client.publishes(`${topic}/9999`);
    await client.receives(publish(`${topic}/9999`));
  });

  it("a filter of 32,768 levels is refused, and one of 128 is matched", async () => {
    const client = await broker.joins();
    client.sends(
      subscribe(1, [
        filter("/".repeat(32_767)),
        filter(`${"+/".repeat(127)}#`),
        filter("+/".repeat(126) + "+"),
      ]),
    );
    await client.hears("suback");
    const deep = "a/".repeat(126) + "a";
    await client.publishes(deep);
    await client.receives(publish(deep));
  });

  it("filters that overlap in every way deliver one copy", async () => {
    const levels = 8;
    const client = await broker.joins();
    const filters = Array.from(
      { length: 2 ** levels },
      (_, bits) =>
        filter(Array.from({ length: levels }, (_, level) => bits & (1 << level) ? "+" : "x").join("/")),
    );
    client.sends(subscribe(1, filters));
    await client.hears("suback");
    const topic = Array.from({ length: levels }, () => "x").join("/");
    await client.publishes(topic);
    await client.receives(publish(topic));
    await client.receivesNothing();
  });

  it("the same filter ten thousand times is one subscription", async () => {
    const topic = fresh("same");
    const client = await broker.joins();
    for (let packet = 0; packet < 10; packet += 1) {
      client.sends(subscribe(1, Array.from({ length: 1000 }, () => filter(topic))));
      await client.hears("suback");
    }
    await client.publishes(topic);
    await client.receives(publish(topic));
    await client.receivesNothing();
  });

  it("subscribing and unsubscribing without a pause leaves nothing behind", async () => {
    const topic = fresh("churn");
    const client = await broker.joins();
    for (let round = 0; round < 500; round += 1) {
      client.sends(subscribe(1, [filter(`${topic}/${round}/#`)]), unsubscribe(2, [`${topic}/${round}/#`]));
    }
    for (let round = 0; round < 500; round += 1) {
      await client.receives(suback(1, [0]));
      await client.receives(unsuback(2, [0]));
    }
    await client.publishes(`${topic}/7/x`);
    await client.receivesNothing();
  });

  it("half a filter, and options that are missing, are malformed", async () => {
    await endsOn(broker, `82 [0001 [] ffff 'x' 00]`, 0x81);
    await endsOn(broker, `82 [0001 [] "a" 00 "b"]`, 0x81);
    await endsOn(broker, `82 [0001 ff7f "a" 00]`, 0x81);
  });
});
