/** A change of rights among hundreds of connections: it meets whom it concerns, and is answered when it is in force. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import {
  type Client,
  filter,
  forEach,
  fresh,
  puback,
  publish,
  suback,
  subscribe,
} from "../../dialogue/mod.ts";
import { CustomWorld } from "../../identity/token/custom_world.ts";
import { believes, CUSTOM, customJwtAuthentication, joinsBearing } from "./bearer.ts";
import { GovernedBroker, NOT_AUTHORIZED } from "./governed.ts";

const CONNECTIONS = 300;
const GROUPS = ["red", "green", "blue"] as const;
/** More at once would be a test of the backlog. */
const BATCH = 50;
/** v5 §3.4.2.1 */
const NO_SUBSCRIBERS = 0x10;

type Group = (typeof GROUPS)[number];

/** A client that is connected, and whether it has subscribed to what its group may see. */
interface Member {
  readonly client: Client;
  readonly group: Group;
  readonly subscribed: boolean;
}

describe(`a change of rights among ${CONNECTIONS} connections`, () => {
  const tokens = new CustomWorld();
  let broker: GovernedBroker;
  let members: Member[];

  beforeEach(async () => {
    broker = await GovernedBroker.started();
    await believes(broker, { customJwtAuthentication });
    for (const group of GROUPS) {
      await broker.put(`clientGroups/${group}`, { query: `attributes.group = '${group}'` });
      const templates = [`${group}/#`];
      await broker.binds(`${group}-in`, { group, verb: "Publisher", templates });
      await broker.binds(`${group}-out`, { group, verb: "Subscriber", templates });
    }
    members = [];
    for (let from = 0; from < CONNECTIONS; from += BATCH) {
      members.push(...await Promise.all(Array.from({ length: BATCH }, (_, index) => joins(from + index))));
    }
  });
  afterEach(() => broker.end());

  /** Every second member of each group subscribes. */
  async function joins(number: number): Promise<Member> {
    const group = GROUPS[number % GROUPS.length] ?? "red";
    const subscribed = number % (2 * GROUPS.length) < GROUPS.length;
    const client = await joinsBearing(broker, [CUSTOM, await tokens.token({ sub: fresh(group), group })]);
    if (subscribed) await client.subscribes(`${group}/seen/#`);
    return { client, group, subscribed };
  }

  function isConcerned({ group, subscribed }: Member): boolean {
    return group === "red" && subscribed;
  }

  /** All whom a change of what `red` may see does not concern have the connection that they had. */
  async function othersAreServed(): Promise<void> {
    await forEach(members.filter((member) => !isConcerned(member)), ({ client }) => client.pings());
  }

  async function concernedAreDisconnected(): Promise<void> {
    const concerned = members.filter(isConcerned);
    assert.equal(concerned.length, CONNECTIONS / 6);
    await forEach(concerned, ({ client }) => client.isDisconnected(NOT_AUTHORIZED));
  }

  /** Each publishes at once, without waiting for the others; the answer says whether it might. */
  async function mayPublish(concerned: readonly Member[], may: boolean): Promise<void> {
    const id = 1000;
    for (const { client, group } of concerned) client.sends(publish(`${group}/unseen`, { qos: 1, id }));
    const reason = may ? NO_SUBSCRIBERS : NOT_AUTHORIZED;
    await forEach(concerned, async ({ client }) => void await client.receives(puback(id, reason)));
  }

  it("disconnects those of the group who had subscribed by it, and nobody else", async () => {
    await broker.deletes("permissionBindings/red-out");
    const red = members.filter(({ group, subscribed }) => group === "red" && !subscribed);
    for (const { client } of red) client.sends(subscribe(2000, [filter("red/seen/#")]));
    await forEach(red, async ({ client }) => void await client.receives(suback(2000, [NOT_AUTHORIZED])));
    await concernedAreDisconnected();
    await othersAreServed();
    const [sender] = members.filter(({ group }) => group === "green");
    await sender?.client.publishes("green/seen/a", { qos: 1, payload: "still" });
    const green = members.filter(({ group, subscribed }) => group === "green" && subscribed);
    await forEach(green, async ({ client }) => {
      await client.takes(publish("green/seen/a", { payload: "still" }));
    });
  });

  it("is answered when nobody of the group may publish any more, and when all may again", async () => {
    const isRed = ({ group }: Member) => group === "red";
    const [red, others] = [members.filter(isRed), members.filter((member) => !isRed(member))];
    await mayPublish(members, true);
    for (let times = 0; times < 3; times += 1) {
      await broker.deletes("permissionBindings/red-in");
      await mayPublish(red, false);
      await mayPublish(others, true);
      await broker.put("permissionBindings/red-in", {
        clientGroupName: "red",
        topicSpaceName: "red-in",
        permission: "Publisher",
      });
      await mayPublish(members, true);
    }
    await forEach(members, ({ client }) => client.pings());
  });

  it("follows a group that others belong to from now on", async () => {
    await broker.put("clientGroups/red", { query: "attributes.group = 'blue'" });
    const staying = members.filter((member) => !isConcerned(member));
    await mayPublish(staying.filter(({ group }) => group === "red"), false);
    await mayPublish(staying.filter(({ group }) => group !== "red"), true);
    await concernedAreDisconnected();
    await othersAreServed();
    const blue = members.filter(({ group }) => group === "blue");
    for (const { client } of blue) client.sends(publish("red/unseen", { qos: 1, id: 3000 }));
    await forEach(blue, async ({ client }) => void await client.receives(puback(3000, NO_SUBSCRIBERS)));
  });
});
