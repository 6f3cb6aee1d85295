/** Whose sessions are whose, how many, and how long they last. */
import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { fresh } from "../../dialogue/mod.ts";
import { GovernedBroker, NOT_AUTHORIZED, QUOTA_EXCEEDED, useGovernedBroker } from "./governed.ts";

const KEPT = { cleanStart: false, properties: { sessionExpiryInterval: 600 } };

describe("sessions of authentication names", () => {
  const broker = useGovernedBroker({
    namespace: { maximumClientSessionsPerAuthenticationName: 2, maximumSessionExpiryInHours: 1 },
  });

  async function device(): Promise<string> {
    const name = fresh("device");
    await broker.register(name);
    return name;
  }

  it("are taken over by their owner alone, though he is deleted", async () => {
    const [owner, stranger] = [await device(), await device()];
    const clientId = fresh("session");
    const first = await broker.joins(owner, { ...KEPT, clientId });
    const refused = async () => {
      const options = { userName: stranger, clientId };
      await broker.refuses(await broker.dials(broker.dialer(stranger)), options, NOT_AUTHORIZED);
    };
    await refused();
    await first.pings();
    const second = await broker.joins(owner, { ...KEPT, clientId, sessionPresent: true });
    await first.isDisconnected(0x8e);
    second.cuts();
    await refused();
    await broker.deletes(`clients/${owner}`);
    await refused();
    await broker.logsRefusal(clientId, "session belongs to another client");
    assert.equal((await broker.request("DELETE", `/v1/sessions/${clientId}`)).status, 204);
    await broker.joins(stranger, { clientId });
  });

  it("are as many as the namespace says, offline ones counted", async () => {
    const name = await device();
    const [one, two, three] = [fresh("session"), fresh("session"), fresh("session")];
    (await broker.joins(name, { ...KEPT, clientId: one })).cuts();
    await broker.joins(name, { clientId: two });
    const options = { userName: name, clientId: three };
    await broker.refuses(await broker.dials(broker.dialer(name)), options, QUOTA_EXCEEDED);
    await broker.refuses(await broker.dials(broker.dialer(name)), { ...options, version: 4 }, 3);
    await broker.joins(name, { ...KEPT, clientId: one, sessionPresent: true });
    await broker.request("DELETE", `/v1/sessions/${one}`);
    await broker.joins(name, { clientId: three });
  });

  it("last no longer than the namespace says, and CONNACK tells so", async () => {
    const name = await device();
    const properties = { sessionExpiryInterval: 7200 };
    const client = await broker.joins(name, { properties, answers: { sessionExpiryInterval: 3600 } });
    assert.equal(client.connack.properties.sessionExpiryInterval, 3600);
  });

  it("keep owner, rights and number over a restart", async () => {
    await using kept = await GovernedBroker.started();
    await kept.register("device");
    await kept.register("stranger");
    await kept.binds("read", { verb: "Subscriber", templates: ["a/#"] });
    const client = await kept.joins("device", { ...KEPT, clientId: "session" });
    await client.subscribes("a/b", { qos: 1 });
    client.cuts();
    await kept.restarts();
    const dials = (name: string) => kept.dials(kept.dialer(name));
    await kept.refuses(await dials("stranger"), { userName: "stranger", clientId: "session" });
    await kept.refuses(await dials("device"), { userName: "device", clientId: "other" }, QUOTA_EXCEEDED);
    const { body } = await kept.request("GET", "/v1/sessions/session");
    assert.equal(body.subscriptions, 1);
    assert.equal(body.authenticationName, "device");
    await kept.deletes("permissionBindings/read");
    assert.equal((await kept.request("GET", "/v1/sessions/session")).body.subscriptions, 0);
  });
});
