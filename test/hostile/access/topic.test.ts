/** Topics and filters that reach beyond the templates that a client has. */

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  Client,
  filter,
  fresh,
  puback,
  publish,
  type QualityOfService,
  suback,
  subscribe,
} from "../../dialogue/mod.ts";
import { makeClient } from "../../identity/certificates.ts";
import { type JoinOptions, NOT_AUTHORIZED, useAccessBroker } from "./access_broker.ts";
import { approaching } from "./dialers.ts";

describe("hostile: topics", () => {
  const { broker } = useAccessBroker();

  /** A client that is alone in a group with these templates. */
  async function clientWith(
    templates: readonly string[],
    properties: Readonly<Record<string, unknown>> = {},
    options: JoinOptions = {},
  ): Promise<Client> {
    const name = fresh("topic");
    const userName = String(properties.authenticationName ?? name);
    await broker.register(name, properties);
    await broker.grants(name, { query: `authenticationName = "${userName}"`, templates });
    const chain = [makeClient(broker.root, { subject: userName })] as const;
    return await broker.admits(approaching({ chain: [...chain] }), { userName, ...options });
  }

  /** It can neither publish nor subscribe there; for a filter the publishing is left out. */
  async function isKeptOut(client: Client, topics: readonly string[]): Promise<void> {
    client.sends(subscribe(1, topics.map((topic) => filter(topic, { qos: 1 }))));
    await client.receives(suback(1, topics.map(() => NOT_AUTHORIZED)));
    for (const topic of topics.filter((one) => !/[+#]|^\$/.test(one))) {
      client.sends(publish(topic, { qos: 1, id: 7 }));
      await client.receives(puback(7, NOT_AUTHORIZED));
    }
  }

  /** It can both. */
  async function isLetIn(client: Client, topic: string): Promise<void> {
    await client.subscribes(topic, { qos: 1 });
    const payload = fresh("hello ");
    await client.publishes(topic, { qos: 1, payload });
    await client.takes(publish(topic, { qos: 1, payload }));
  }

  describe("of a variable", () => {
    for (const value of ["a/b", "+", "#", "a/#", "+/+", "", "${client.authenticationName}"]) {
      it(`whose attribute is ${JSON.stringify(value)} are no wider`, async () => {
        const space = fresh("room");
        const template = `${space}/\${client.attributes.room}/x`;
        const client = await clientWith([template], { attributes: { room: value } });
        const literal = `${space}/${value}/x`;
        const tried = [`${space}/a/b/x`, `${space}/hall/x`, `${space}//x`, `${space}/+/x`, `${space}/#`];
        if (!value.includes("$")) return await isKeptOut(client, tried);
        // A value is a literal and nothing in it is filled in.
        await isLetIn(client, literal);
        await isKeptOut(client, [...tried, template]);
      });
    }

    it("whose attribute is a list, a number, or missing", async () => {
      const space = fresh("room");
      const templates = ["list", "number", "none"].map((key) =>
        `${space}/\${client.attributes.${key}}/${key}`
      );
      const client = await clientWith(templates, { attributes: { list: ["a", "b"], number: 7 } });
      await isKeptOut(client, [
        `${space}/a/list`,
        `${space}/a,b/list`,
        `${space}//none`,
        `${space}/undefined/none`,
      ]);
      await isLetIn(client, `${space}/7/number`);
    });

    it("whose name is a wildcard, or has levels, are no wider", async () => {
      for (const authenticationName of ["+", "#", "a/b", "a/+", "+/#"]) {
        const space = fresh("name");
        const templates = [
          `${space}/\${client.authenticationName}`,
          `${space}/m-\${client.authenticationName}/x`,
          `${space}/\${client.authenticationName|.suffix}/x`,
        ];
        const client = await clientWith(templates, { authenticationName });
        await isKeptOut(client, [
          `${space}/${authenticationName}`,
          `${space}/+`,
          `${space}/#`,
          `${space}/a/b`,
          `${space}/m-x/x`,
          `${space}/x.suffix/x`,
          `${space}/+/x`,
        ]);
      }
    });

    it("with a value for another one are not filled by it", async () => {
      const space = fresh("two");
      const template = `${space}/\${client.attributes.a}\${client.attributes.b}/x`;
      const client = await clientWith([template], { attributes: { a: "12", b: "3" } });
      await isKeptOut(client, [`${space}/12/x`, `${space}/3/x`, `${space}/312/x`]);
      await isLetIn(client, `${space}/123/x`);
    });
  });

  describe("wider than the template", () => {
    it("are refused one by one, and what it covers is granted", async () => {
      const space = fresh("wide");
      const client = await clientWith([`${space}/+/b`, `${space}/deep/#`]);
      const wider = [
        "#",
        "+/#",
        `${space}`,
        `${space}/#`,
        `${space}/+`,
        `${space}/+/+`,
        `${space}/a/+`,
        `${space}/+/#`,
        `${space}/a/#`,
        `${space}/a/b/#`,
        `${space}/+/b/#`,
        `+/a/b`,
        `+/+/b`,
        `+/deep/#`,
        `${space}/a/b/c`,
        `${space}/a/B`,
        `${space}/a/`,
        `${space}//`,
        `${space}/deeper`,
        `/${space}/a/b`,
      ];
      await isKeptOut(client, wider);
      await isLetIn(client, `${space}/a/b`);
      const covered = [
        `${space}/+/b`,
        `${space}//b`,
        `${space}/deep`,
        `${space}/deep/#`,
        `${space}/deep/+/x/#`,
      ];
      client.sends(subscribe(1, covered.map((one) => filter(one))));
      await client.receives(suback(1, covered.map(() => 0)));
    });

    it("are refused inside $share too, whatever the group", async () => {
      const space = fresh("share");
      const client = await clientWith([`${space}/+`]);
      const groups = ["x", space, "$SYS", "$share", "a b"];
      const wider = ["#", "+/#", `${space}/#`, `${space}/a/b`, "$SYS/#", `$share/x/${space}/a`, "+"];
      await isKeptOut(client, groups.flatMap((group) => wider.map((one) => `$share/${group}/${one}`)));
      client.sends(subscribe(2, [filter(`$share/x/${space}/+`)]));
      await client.receives(suback(2, [0]));
    });

    it("are refused to version 3.1.1 as well", async () => {
      const space = fresh("old");
      const client = await clientWith([`${space}/+`], {}, { version: 4 });
      client.sends(subscribe(1, [filter("#"), filter(`$share/x/#`), filter(`${space}/a`)]));
      await client.receives(suback(1, [0x80, 0x80, 0]));
      client.sends(publish("other", { qos: 1, id: 1 }));
      await client.isClosed();
    });

    it("are refused where $ is reserved, even to whoever may do everything", async () => {
      const client = await clientWith(["#"]);
      await isKeptOut(client, ["$SYS/#", "$SYS/broker/uptime", "$internal/x", "$share/x/$SYS/#"]);
      for (const topic of ["$SYS/broker/uptime", "$internal/x"]) {
        client.sends(publish(topic, { qos: 1, id: 1 }));
        await client.receives(puback(1, NOT_AUTHORIZED));
      }
      await isLetIn(client, fresh("anything/"));
    });
  });

  describe("that are forbidden", () => {
    it("are reached by no will", async () => {
      const [space, secret] = [fresh("will"), fresh("secret")];
      const watcher = await clientWith([`${secret}/#`]);
      await watcher.subscribes(`${secret}/#`);
      const dying = await clientWith([`${space}/#`], {}, { will: { topic: `${secret}/x`, payload: "!" } });
      await dying.publishes(`${space}/x`, { qos: 1 });
      dying.cuts();
      const next = await clientWith([`${secret}/#`]);
      await next.publishes(`${secret}/fence`, { payload: "fence" });
      await watcher.receives(publish(`${secret}/fence`, { payload: "fence" }));
    });

    it("are reached by no topic alias", async () => {
      const space = fresh("alias");
      const client = await clientWith([`${space}/#`]);
      const watcher = await clientWith([`${space}-secret/#`]);
      await watcher.subscribes(`${space}-secret/#`);
      const aliased = (topic: string, id: number) =>
        publish(topic, { qos: 1, id, properties: { topicAlias: 1 } });
      client.sends(aliased(`${space}/a`, 1));
      await client.receives(puback(1, 0x10));
      client.sends(aliased(`${space}-secret/a`, 2));
      await client.receives(puback(2, NOT_AUTHORIZED));
      client.sends(aliased("", 3));
      // Whichever topic the alias stands for now, it is not the forbidden one.
      const answer = await client.hearsAnything();
      assert.ok(answer.type === "puback" || answer.type === "disconnect");
      await watcher.receivesNothing();
    });

    it("are reached by no QoS: 0x87 at 1 and 2, the end of the connection at 0", async () => {
      const space = fresh("qos");
      const client = await clientWith([`${space}/#`]);
      for (const qos of [1, 2] as QualityOfService[]) {
        client.sends(publish("forbidden", { qos, id: qos }));
        const { reason } = await client.hears(qos === 1 ? "puback" : "pubrec");
        assert.equal(reason, NOT_AUTHORIZED);
      }
      await client.pings();
      client.sends(publish("forbidden"));
      await client.isDisconnected(NOT_AUTHORIZED);
    });

    it("retain nothing, and hand out nothing that is retained", async () => {
      const space = fresh("retain");
      const [keeper, other] = [await clientWith([`${space}/#`]), await clientWith([`${space}/open/#`])];
      await keeper.publishes(`${space}/closed`, { qos: 1, retain: true, payload: "secret" });
      other.sends(publish(`${space}/closed`, { qos: 1, id: 1, retain: true, payload: "" }));
      await other.receives(puback(1, NOT_AUTHORIZED));
      await isKeptOut(other, [`${space}/#`, `${space}/closed`]);
      await other.receivesNothing();
      await keeper.subscribes(`${space}/closed`);
      await keeper.receives(publish(`${space}/closed`, { retain: true, payload: "secret" }));
    });
  });
});
