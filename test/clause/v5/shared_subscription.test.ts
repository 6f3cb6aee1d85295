import assert from "node:assert/strict";
import {
  type Client,
  describe,
  endsOn,
  forEach,
  fresh,
  it,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  unsuback,
  unsubscribe,
  useBroker,
} from "../../dialogue/mod.ts";

const lasting = { sessionExpiryInterval: 100 };

describe("MQTT 5 §4.8 shared subscriptions", () => {
  const broker = useBroker();

  /** A publisher, and members of one group with these QoS, subscribed in that order. */
  async function group(...qualities: (0 | 1 | 2)[]) {
    const topic = fresh("shared");
    const members: { client: Client; clientId: string }[] = [];
    for (const qos of qualities) {
      const clientId = fresh("member");
      const client = await broker.joins({ clientId, properties: lasting });
      await client.subscribes(`$share/group/${topic}`, { qos });
      members.push({ client, clientId });
    }
    return { topic, members, writer: await broker.joins() };
  }

  /** Which of these clients has the one message, by asking for the next packet of each. */
  async function chosen(members: { client: Client; clientId: string }[]) {
    const heads = await Promise.all(members.map(async (member) => {
      member.client.sendsBytes("c0 00");
      const first = await member.client.hearsAnything();
      if (first.type === "publish") await member.client.hears("pingresp");
      return { member, first };
    }));
    const got = heads.filter(({ first }) => first.type === "publish");
    assert.equal(got.length, 1, `${got.length} members got the message`);
    const [winner] = got;
    if (winner === undefined || winner.first.type !== "publish") throw new Error("nobody got the message");
    return { ...winner.member, message: winner.first, id: winner.first.id ?? 0 };
  }

  it("v5 [MQTT-4.8.2-1] [MQTT-4.8.2-2] a share needs a name without / + or #, and a filter", async () => {
    const illegal = [
      "$share//a",
      "$share/g",
      "$share/g/",
      "$share/g+/a",
      "$share/#/a",
      "$share/",
      "$share/g/a#",
    ];
    await forEach(illegal, (name) => endsOn(broker, `82 [0001 [] "${name}" 00]`, 0x8f));
  });

  it("v5 [MQTT-4.8.2-2] a share name may hold any other character", async () => {
    const topic = fresh("named");
    const client = await broker.joins();
    await client.subscribes(`$share/é $ x/${topic}/#`);
    await client.publishes(`${topic}/a`);
    await client.receives(publish(`${topic}/a`));
  });

  it("v5 §4.8.2 each message goes to one member of each group, and to those outside", async () => {
    const { topic, members, writer } = await group(0, 0, 0);
    const [other, plain] = [await broker.joins(), await broker.joins()];
    await other.subscribes(`$share/other/${topic}`);
    await plain.subscribes(topic);
    for (let number = 0; number < 30; number += 1) writer.sends(publish(topic, { payload: String(number) }));
    await writer.pings();
    for (let number = 0; number < 30; number += 1) {
      await other.receives(publish(topic, { payload: String(number) }));
      await plain.receives(publish(topic, { payload: String(number) }));
    }
    const seen: string[] = [];
    for (const { client } of members) {
      client.sendsBytes("c0 00");
      for (;;) {
        const packet = await client.hearsAnything();
        if (packet.type !== "publish") break;
        seen.push(new TextDecoder().decode(packet.payload));
      }
    }
    const all = Array.from({ length: 30 }, (_, number) => String(number));
    assert.deepEqual(seen.toSorted(), all.toSorted());
  });

  it("v5 [MQTT-4.8.2-3] a member gets messages at the QoS of its own subscription", async () => {
    for (const qos of [0, 1, 2] as const) {
      const { topic, members: [member], writer } = await group(qos);
      await writer.publishes(topic, { qos: 2 });
      await member?.client.takes(publish(topic, { qos }));
    }
  });

  it("v5 [MQTT-4.8.2-4] a QoS 2 message in flight is completed with its member when that returns", async () => {
    const { topic, members, writer } = await group(2, 2);
    await writer.publishes(topic, { qos: 2, payload: "x" });
    const member = await chosen(members);
    const [other] = members.filter(({ client }) => client !== member.client);
    member.client.cuts();
    await other?.client.receivesNothing(writer);
    const again = await broker.joins({ clientId: member.clientId, cleanStart: false, sessionPresent: true });
    await again.receives(publish(topic, { qos: 2, id: member.id, dup: true, payload: "x" }));
    again.sends(pubrec(member.id));
    await again.receives(pubrel(member.id));
    again.sends(pubcomp(member.id));
    await other?.client.receivesNothing();
  });

  it("v5 [MQTT-4.8.2-5] a QoS 2 message in flight goes to nobody else when its session ends", async () => {
    const { topic, members, writer } = await group(2, 2);
    await writer.publishes(topic, { qos: 2 });
    const member = await chosen(members);
    const [other] = members.filter(({ client }) => client !== member.client);
    await member.client.leaves(0, { sessionExpiryInterval: 0 });
    await other?.client.receivesNothing();
  });

  it("v5 §4.8.2 a QoS 1 message that was not acknowledged goes to another member when the session ends", async () => {
    const { topic, members, writer } = await group(1, 1);
    await writer.publishes(topic, { qos: 1, payload: "x" });
    const member = await chosen(members);
    const [other] = members.filter(({ client }) => client !== member.client);
    await member.client.leaves(0, { sessionExpiryInterval: 0 });
    const packet = await other?.client.hears("publish");
    assert.equal(packet?.topic, topic);
  });

  it("v5 [MQTT-4.8.2-6] an error in PUBACK or PUBREC discards the message for all", async () => {
    for (const [qos, refusal] of [[1, puback], [2, pubrec]] as const) {
      const { topic, members, writer } = await group(2, 2);
      await writer.publishes(topic, { qos });
      const member = await chosen(members);
      member.client.sends(refusal(member.id, 0x83));
      for (const { client } of members) await client.receivesNothing();
    }
  });

  it("v5 §4.8.2 messages go only to members that can take them", async () => {
    const topic = fresh("shared");
    const [full, free, writer] = [
      await broker.joins({ properties: { receiveMaximum: 1 } }),
      await broker.joins(),
      await broker.joins(),
    ];
    await full.subscribes(`$share/g/${topic}`, { qos: 1 });
    await writer.publishes(topic, { qos: 1 });
    const held = await full.receives(publish(topic, { qos: 1 }));
    await free.subscribes(`$share/g/${topic}`, { qos: 1 });
    for (let number = 0; number < 5; number += 1) {
      await writer.publishes(topic, { qos: 1 });
      await free.takes(publish(topic, { qos: 1 }));
    }
    full.sends(puback(held.id ?? 0));
    await full.receivesNothing();
  });

  it("v5 §4.8.2 retained messages are not sent to a shared subscription", async () => {
    const topic = fresh("shared");
    const client = await broker.joins();
    await client.publishes(topic, { qos: 1, retain: true, payload: "kept" });
    await client.subscribes(`$share/g/${topic}`);
    await client.receivesNothing();
  });

  it("v5 §4.8.2 an identifier of a shared subscription comes with its messages", async () => {
    const topic = fresh("shared");
    const client = await broker.joins();
    await client.subscribes(`$share/g/${topic}`, { identifier: 42 });
    await client.publishes(topic);
    await client.receives(publish(topic, { properties: { subscriptionIdentifiers: [42] } }));
  });

  it("v5 §4.8.2 UNSUBSCRIBE leaves the group, and its name is part of the filter", async () => {
    const topic = fresh("shared");
    const client = await broker.joins();
    await client.subscribes(`$share/g/${topic}`);
    client.sends(unsubscribe(9, [topic, `$share/h/${topic}`, `$share/g/${topic}`]));
    await client.receives(unsuback(9, [0x11, 0x11, 0]));
    await client.publishes(topic);
    await client.receivesNothing();
  });

  it("v5 §4.8.2 members of different filters are different groups", async () => {
    const topic = fresh("shared");
    const [one, two, writer] = [await broker.joins(), await broker.joins(), await broker.joins()];
    await one.subscribes(`$share/g/${topic}/+`);
    await two.subscribes(`$share/g/${topic}/#`);
    writer.sends(publish(`${topic}/a`));
    await one.receives(publish(`${topic}/a`));
    await two.receives(publish(`${topic}/a`));
  });
});
