/** Rights that are taken away while somebody uses them. */

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type Client, filter, fresh, publish, suback, subscribe } from "../../dialogue/mod.ts";
import { makeClient } from "../../identity/certificates.ts";
import { type JoinOptions, NOT_AUTHORIZED, useAccessBroker } from "./access_broker.ts";
import { approaching } from "./dialers.ts";

const PERSISTENT = { cleanStart: false, properties: { sessionExpiryInterval: 600 } };
const RETURNING = { ...PERSISTENT, sessionPresent: true };

describe("hostile: changed rights", () => {
  const { broker } = useAccessBroker();

  /** A registered client with a session, and how it comes in. */
  async function member(group: string, attributes: Readonly<Record<string, unknown>> = {}) {
    const name = fresh("member");
    const clientId = fresh("session");
    const set = (more: Readonly<Record<string, unknown>>) => {
      return broker.register(name, { attributes: { group, ...attributes, ...more } });
    };
    await set({});
    const dialer = approaching({ chain: [makeClient(broker.root, { subject: name })] });
    const comes = (options: JoinOptions = {}) =>
      broker.admits(dialer, { userName: name, clientId, ...options });
    return { name, clientId, set, comes };
  }

  /** Topics of a group, and who may do what there: a publisher that stays, and whoever the test is about. */
  async function world(templates?: (space: string) => readonly string[]) {
    const space = fresh("space");
    const query = `attributes.group = '${space}'`;
    await broker.grants(space, { query, templates: templates?.(space) ?? [`${space}/#`] });
    await broker.grants(`${space}-other`, {
      query: `attributes.group = '${space}-other'`,
      templates: [`${space}/#`],
    });
    const writer = await (await member(`${space}-other`)).comes();
    return { space, writer, suspect: await member(space) };
  }

  const revoke = (space: string) => broker.takes(space, "Subscriber");
  const giveBack = (space: string) => broker.gives(space, "Subscriber");

  async function writes(writer: Client, topic: string, ...payloads: readonly string[]): Promise<void> {
    for (const payload of payloads) await writer.publishes(topic, { qos: 1, payload });
  }

  it("end a subscription at once, and the connection with 0x87", async () => {
    const { space, writer, suspect } = await world();
    const client = await suspect.comes();
    await client.subscribes(`${space}/a`, { qos: 1 });
    await writes(writer, `${space}/a`, "before");
    await client.takes(publish(`${space}/a`, { qos: 1, payload: "before" }));
    await revoke(space);
    await writes(writer, `${space}/a`, "after");
    await client.isDisconnected(NOT_AUTHORIZED);
    const again = await suspect.comes();
    again.sends(subscribe(1, [filter(`${space}/a`)]));
    await again.receives(suback(1, [NOT_AUTHORIZED]));
  });

  it("close the connection of version 3.1.1", async () => {
    const { space, writer, suspect } = await world();
    const client = await suspect.comes({ version: 4 });
    await client.subscribes(`${space}/a`, { qos: 1 });
    await revoke(space);
    await writes(writer, `${space}/a`, "after");
    await client.isClosed();
  });

  it("take what is queued behind a message in flight", async () => {
    const { space, writer, suspect } = await world();
    const client = await suspect.comes({
      ...PERSISTENT,
      properties: { ...PERSISTENT.properties, receiveMaximum: 1 },
    });
    await client.subscribes(`${space}/#`, { qos: 1 });
    await writes(writer, `${space}/a`, "seen", "queued 1", "queued 2");
    await client.receives(publish(`${space}/a`, { qos: 1, payload: "seen" }));
    await revoke(space);
    await client.isDisconnected(NOT_AUTHORIZED);
    await giveBack(space);
    await hearsNothingNew(await suspect.comes(RETURNING), ["seen"]);
  });

  it("take a subscription and its queue from a session that is offline, without a word", async () => {
    const { space, writer, suspect } = await world();
    const client = await suspect.comes(PERSISTENT);
    await client.subscribes(`${space}/#`, { qos: 1 });
    await client.leaves();
    await writes(writer, `${space}/a`, "queued 1", "queued 2");
    await revoke(space);
    await writes(writer, `${space}/a`, "after");
    await giveBack(space);
    await writes(writer, `${space}/a`, "later");
    const back = await suspect.comes(RETURNING);
    await back.receivesNothing(writer);
    await back.subscribes(`${space}/#`, { qos: 1 });
    await writes(writer, `${space}/a`, "new");
    await back.takes(publish(`${space}/a`, { qos: 1, payload: "new" }));
  });

  it("through an attribute that is another reach online and offline sessions", async () => {
    for (const online of [true, false]) {
      const { space, writer } = await world((name) => [`${name}/\${client.attributes.room}/#`]);
      const suspect = await member(space, { room: "kitchen" });
      const client = await suspect.comes(PERSISTENT);
      await client.subscribes(`${space}/kitchen/#`, { qos: 1 });
      if (!online) await client.leaves();
      if (!online) await writes(writer, `${space}/kitchen/a`, "queued");
      await suspect.set({ room: "hall" });
      await writes(writer, `${space}/kitchen/a`, "after");
      if (online) await client.isDisconnected(NOT_AUTHORIZED);
      const back = await suspect.comes(RETURNING);
      await back.receivesNothing(writer);
      back.sends(subscribe(1, [filter(`${space}/kitchen/#`), filter(`${space}/hall/#`)]));
      await back.receives(suback(1, [NOT_AUTHORIZED, 0]));
    }
  });

  it("through a query, a template, a group that others have, or a deleted client reach them too", async () => {
    const changes: readonly ((space: string, name: string) => Promise<void>)[] = [
      (space) => broker.put(`clientGroups/${space}`, { query: "attributes.group = 'nobody'" }),
      (space) => broker.put(`topicSpaces/${space}`, { topicTemplates: [`${space}/only/this`] }),
      (space, name) => broker.register(name, { attributes: { group: `not ${space}` } }),
      (_, name) => broker.deletes(`clients/${name}`),
      (_, name) => broker.register(name, { state: "Disabled" }),
    ];
    for (const [index, change] of changes.entries()) {
      const { space, writer, suspect } = await world();
      const client = await suspect.comes();
      await client.subscribes(`${space}/+`, { qos: 1 });
      await change(space, suspect.name);
      await writes(writer, `${space}/a`, "after");
      await client.isDisconnected(NOT_AUTHORIZED).catch((error) => {
        throw new Error(`change ${index}: ${error.message}`, { cause: error });
      });
    }
  });

  it("end a shared subscription, and its messages go to those who may have them", async () => {
    const { space, writer, suspect } = await world();
    const stays = await (await member(`${space}-other`)).comes();
    const client = await suspect.comes({ properties: { receiveMaximum: 1 } });
    for (const one of [client, stays]) await one.subscribes(`$share/g/${space}/#`, { qos: 1 });
    await revoke(space);
    await client.isDisconnected(NOT_AUTHORIZED);
    const payloads = ["1", "2", "3", "4"];
    await writes(writer, `${space}/a`, ...payloads);
    for (const payload of payloads) await stays.takes(publish(`${space}/a`, { qos: 1, payload }));
  });

  it("end the publishing of a client that goes on with it", async () => {
    const { space, suspect } = await world();
    const watcher = await (await member(`${space}-other`)).comes();
    await watcher.subscribes(`${space}/#`);
    const client = await suspect.comes();
    await client.publishes(`${space}/a`, { qos: 1, payload: "before" });
    await watcher.receives(publish(`${space}/a`, { payload: "before" }));
    await broker.takes(space, "Publisher");
    client.sends(publish(`${space}/a`, { qos: 1, id: 9, payload: "after" }));
    const { reason } = await client.hears("puback");
    assert.equal(reason, NOT_AUTHORIZED);
    await watcher.receivesNothing(client);
  });

  it("are noticed by nobody else: connection and messages go on without a gap", async () => {
    const { space, writer, suspect } = await world();
    const [other, client] = [await (await member(`${space}-other`)).comes(), await suspect.comes()];
    for (const one of [client, other]) await one.subscribes(`${space}/#`, { qos: 1 });
    const receiving = takesAll(other, `${space}/a`, 100);
    const writing = writes(writer, `${space}/a`, ...Array.from({ length: 100 }, (_, number) => `${number}`));
    for (let round = 0; round < 3; round += 1) {
      await revoke(space);
      await giveBack(space);
    }
    await Promise.all([writing, receiving]);
    await other.pings();
    await writer.pings();
  });

  it("that come and go while it connects and subscribes leave it nothing in the end", async () => {
    const { space, writer, suspect } = await world();
    const churn = (async () => {
      for (let round = 0; round < 20; round += 1) {
        await revoke(space);
        await giveBack(space);
      }
      await revoke(space);
    })();
    const tries = Array.from({ length: 40 }, async () => {
      try {
        const client = await suspect.comes({ clientId: fresh("racing"), ...PERSISTENT });
        client.sends(subscribe(1, [filter(`${space}/#`, { qos: 1 })]));
        await client.hears("suback");
        return client;
      } catch {
        return undefined;
      }
    });
    await churn;
    const clients = (await Promise.all(tries)).filter((client) => client !== undefined);
    await writes(writer, `${space}/a`, "secret");
    for (const client of clients) await hearsNothingNew(client, []);
  });

  /** Takes numbered messages in their order. */
  async function takesAll(client: Client, topic: string, count: number): Promise<void> {
    for (let number = 0; number < count; number += 1) {
      await client.takes(publish(topic, { qos: 1, payload: `${number}` }));
    }
  }

  /** It gets no message but those that it has seen, and answers or is gone. */
  async function hearsNothingNew(client: Client, seen: readonly string[]): Promise<void> {
    client.sendsBytes("c0 00");
    for (;;) {
      const packet = await client.hearsAnything().catch((error) => {
        assert.match(error.message, /the broker closed the connection/);
        return undefined;
      });
      if (packet === undefined || packet.type === "pingresp") return;
      if (packet.type === "disconnect") continue;
      assert.equal(packet.type, "publish");
      const payload = packet.type === "publish" ? new TextDecoder().decode(packet.payload) : "";
      assert.ok(seen.includes(payload), `it got ${JSON.stringify(payload)}`);
    }
  }
});
