import {
  describe,
  filter,
  fresh,
  it,
  puback,
  publish,
  pubrec,
  suback,
  subscribe,
  useBroker,
} from "../../dialogue/mod.ts";

const lasting = { sessionExpiryInterval: 100 };

describe("what no member of a shared subscription can take", () => {
  const broker = useBroker();

  it("waits with the group until a member has room", async () => {
    const topic = fresh("group");
    const narrow = { properties: { receiveMaximum: 1 } };
    const [one, two, writer] = [await broker.joins(narrow), await broker.joins(narrow), await broker.joins()];
    await one.subscribes(`$share/g/${topic}`, { qos: 1 });
    await writer.publishes(topic, { qos: 1, payload: "1" });
    const first = await one.receives(publish(topic, { qos: 1, payload: "1" }));
    await two.subscribes(`$share/g/${topic}`, { qos: 1 });
    await writer.publishes(topic, { qos: 1, payload: "2" });
    const second = await two.receives(publish(topic, { qos: 1, payload: "2" }));
    await writer.publishes(topic, { qos: 1, payload: "3" });
    await one.receivesNothing(writer);
    await two.receivesNothing();
    two.sends(puback(second.id ?? 0));
    await two.takes(publish(topic, { qos: 1, payload: "3" }));
    one.sends(puback(first.id ?? 0));
    await one.receivesNothing();
  });

  it("waits while all members are away, and goes to the first that returns", async () => {
    const topic = fresh("group");
    const [oneId, twoId] = [fresh("member"), fresh("member")];
    for (const clientId of [oneId, twoId]) {
      const member = await broker.joins({ clientId, properties: lasting });
      await member.subscribes(`$share/g/${topic}`, { qos: 1 });
      await member.leaves();
    }
    const writer = await broker.joins();
    for (const payload of ["1", "2"]) await writer.publishes(topic, { qos: 1, payload });
    const two = await broker.joins({
      clientId: twoId,
      cleanStart: false,
      sessionPresent: true,
      properties: lasting,
    });
    for (const payload of ["1", "2"]) await two.takes(publish(topic, { qos: 1, payload }));
    const one = await broker.joins({ clientId: oneId, cleanStart: false, sessionPresent: true });
    await one.receivesNothing();
  });

  it("is kept for a persistent member that joins when everybody else has had it", async () => {
    const topic = fresh("group");
    const other = fresh("other");
    const narrow = await broker.joins({ properties: { receiveMaximum: 1 } });
    await narrow.subscribes(`$share/g/${topic}`, { qos: 1 });
    const plain = await broker.joins({ clientId: fresh("plain"), properties: lasting });
    await plain.subscribes(topic, { qos: 1 });
    await plain.subscribes(other, { qos: 1 });
    const writer = await broker.joins();
    for (const payload of ["1", "2", "3"]) {
      await writer.publishes(topic, { qos: 1, payload });
      await plain.takes(publish(topic, { qos: 1, payload }));
    }
    await narrow.receives(publish(topic, { qos: 1, payload: "1" }));
    // Once this is acknowledged, the store has dropped what everybody who was owed it has had.
    await writer.publishes(other, { qos: 1 });
    await plain.takes(publish(other, { qos: 1 }));
    await writer.publishes(other, { qos: 1 });
    const clientId = fresh("member");
    const late = await broker.joins({ clientId, properties: { ...lasting, receiveMaximum: 1 } });
    late.sends(subscribe(1, [filter(`$share/g/${topic}`, { qos: 1 })]));
    await late.receivesInAnyOrder(suback(1, [1]), publish(topic, { qos: 1, id: 1, payload: "2" }));
    await writer.publishes(other, { qos: 1 });
    late.sends(puback(1));
    await late.takes(publish(topic, { qos: 1, payload: "3" }));
    await writer.publishes(other, { qos: 1 });
  });

  it("goes to members that are there rather than to one that is away", async () => {
    const topic = fresh("group");
    const awayId = fresh("member");
    const away = await broker.joins({ clientId: awayId, properties: lasting });
    await away.subscribes(`$share/g/${topic}`, { qos: 1 });
    const present = await broker.joins();
    await present.subscribes(`$share/g/${topic}`, { qos: 1 });
    await away.leaves();
    const writer = await broker.joins();
    for (const payload of ["1", "2", "3"]) await writer.publishes(topic, { qos: 1, payload });
    for (const payload of ["1", "2", "3"]) await present.takes(publish(topic, { qos: 1, payload }));
    const back = await broker.joins({ clientId: awayId, cleanStart: false, sessionPresent: true });
    await back.receivesNothing();
  });

  it("QoS 2 in flight stays with its member, and completes there", async () => {
    const topic = fresh("group");
    const clientId = fresh("member");
    const member = await broker.joins({ clientId, properties: lasting });
    await member.subscribes(`$share/g/${topic}`, { qos: 2 });
    await (await broker.joins()).publishes(topic, { qos: 2 });
    const { id = 0 } = await member.receives(publish(topic, { qos: 2 }));
    const other = await broker.joins();
    await other.subscribes(`$share/g/${topic}`, { qos: 2 });
    member.sends(pubrec(id));
    await member.receives({ type: "pubrel", id, reason: 0, properties: {} });
    member.cuts();
    const back = await broker.joins({ clientId, cleanStart: false, sessionPresent: true });
    await back.receives({ type: "pubrel", id, reason: 0, properties: {} });
    await other.receivesNothing();
  });
});
