/** Who may publish and subscribe where, and what a change does to whom. */
import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { eventually, filter, fresh, puback, publish, pubrec, suback, subscribe } from "../../dialogue/mod.ts";
import { makeAuthority, makeClient, makeRevocationList } from "../../identity/certificates.ts";
import { NOT_AUTHORIZED, tlsDialer, useGovernedBroker } from "./governed.ts";

const KEPT = { cleanStart: false, properties: { sessionExpiryInterval: 600 } };

describe("rights in a broker with resources", () => {
  const broker = useGovernedBroker({ namespace: { maximumClientSessionsPerAuthenticationName: 100 } });

  /** Two clients: one may publish below its own name, one may subscribe to all of that. */
  async function pair() {
    const place = fresh("place");
    const [writer, reader] = [fresh("writer"), fresh("reader")];
    await broker.register(writer, { attributes: { place, role: "writer" } });
    await broker.register(reader, { attributes: { place, role: "reader" } });
    for (const role of ["writer", "reader"]) {
      const query = `attributes.place = '${place}' and attributes.role = '${role}'`;
      await broker.put(`clientGroups/${place}-${role}`, { query });
    }
    const own = `${place}/\${client.authenticationName}/#`;
    await broker.binds(`${place}-in`, { group: `${place}-writer`, verb: "Publisher", templates: [own] });
    const templates = [`${place}/#`];
    await broker.binds(`${place}-out`, { group: `${place}-reader`, verb: "Subscriber", templates });
    return { place, writer, reader };
  }

  it("are none by default", async () => {
    const name = fresh("device");
    await broker.register(name);
    const client = await broker.joins(name);
    client.sends(
      subscribe(1, [filter("a")]),
      publish("a", { qos: 1, id: 2 }),
      publish("a", { qos: 2, id: 3 }),
    );
    await client.receives(suback(1, [NOT_AUTHORIZED]));
    await client.receives(puback(2, NOT_AUTHORIZED));
    await client.receives(pubrec(3, NOT_AUTHORIZED));
    client.sends(publish("a"));
    await client.isDisconnected(NOT_AUTHORIZED);
    const old = await broker.joins(name, { version: 4 });
    old.sends(publish("a", { qos: 1, id: 2 }));
    await old.isClosed();
  });

  it("are those of groups, spaces and bindings, with the client's own values", async () => {
    const { place, writer, reader } = await pair();
    const [sending, receiving] = [await broker.joins(writer), await broker.joins(reader)];
    await receiving.subscribes(`${place}/+/x`);
    await sending.publishes(`${place}/${writer}/x`, { qos: 1, payload: "mine" });
    await receiving.takes(publish(`${place}/${writer}/x`, { payload: "mine" }));
    sending.sends(publish(`${place}/${reader}/x`, { qos: 1, id: 9 }));
    await sending.receives(puback(9, NOT_AUTHORIZED));
    receiving.sends(subscribe(4, [filter("#"), filter(`$share/g/${place}/a`), filter("$share/g/#")]));
    await receiving.receives(suback(4, [NOT_AUTHORIZED, 0, NOT_AUTHORIZED]));
  });

  it("end at once with their binding, and only for whom it concerned", async () => {
    const [one, two] = [await pair(), await pair()];
    const receiving = await broker.joins(one.reader);
    await receiving.subscribes(`${one.place}/#`, { qos: 1 });
    const [other, sending] = [await broker.joins(two.reader), await broker.joins(two.writer)];
    await other.subscribes(`${two.place}/#`, { qos: 1 });
    const send = (payload: string) => sending.publishes(`${two.place}/${two.writer}/x`, { qos: 1, payload });
    await send("1");
    const first = await other.takes(publish(`${two.place}/${two.writer}/x`, { qos: 1, payload: "1" }));
    await broker.deletes(`permissionBindings/${one.place}-out`);
    await receiving.isDisconnected(NOT_AUTHORIZED);
    await send("2");
    const second = await other.takes(publish(`${two.place}/${two.writer}/x`, { qos: 1, payload: "2" }));
    assert.ok(first.id !== undefined && second.id !== undefined);
    await other.receivesNothing(sending);
  });

  it("end for offline sessions, with what was queued, and come back with the binding", async () => {
    const { place, writer, reader } = await pair();
    const receiving = await broker.joins(reader, { ...KEPT, clientId: reader });
    await receiving.subscribes(`${place}/#`, { qos: 1 });
    receiving.cuts();
    const sending = await broker.joins(writer);
    await sending.publishes(`${place}/${writer}/x`, { qos: 1, payload: "queued" });
    await broker.deletes(`permissionBindings/${place}-out`);
    await broker.put(`permissionBindings/${place}-out`, {
      clientGroupName: `${place}-reader`,
      topicSpaceName: `${place}-out`,
      permission: "Subscriber",
    });
    const again = await broker.joins(reader, { ...KEPT, clientId: reader, sessionPresent: true });
    await again.receivesNothing();
    const { body } = await broker.request("GET", `/v1/sessions/${reader}`);
    assert.equal(body.subscriptions, 0);
  });

  it("follow attributes and queries", async () => {
    const { place, writer } = await pair();
    const client = await broker.joins(writer);
    await client.publishes(`${place}/${writer}/x`, { qos: 1 });
    await broker.register(writer, { attributes: { place, role: "reader" } });
    client.sends(publish(`${place}/${writer}/x`, { qos: 1, id: 7 }));
    await client.receives(puback(7, NOT_AUTHORIZED));
    await broker.put(`clientGroups/${place}-writer`, { query: `authenticationName = '${writer}'` });
    await client.publishes(`${place}/${writer}/x`, { qos: 1 });
  });

  it("decide about a will when it is published", async () => {
    const { place, writer, reader } = await pair();
    const receiving = await broker.joins(reader);
    await receiving.subscribes(`${place}/#`);
    const will = (topic: string) => ({ will: { topic: `${place}/${topic}`, payload: "gone" } });
    (await broker.joins(writer, will(`${writer}/x`))).cuts();
    await receiving.takes(publish(`${place}/${writer}/x`, { payload: "gone" }));
    (await broker.joins(writer, will("elsewhere"))).cuts();
    const last = await broker.joins(writer, { ...will(`${writer}/y`), clientId: "last" });
    await broker.deletes(`permissionBindings/${place}-in`);
    last.cuts();
    await eventually(async () => (await broker.request("GET", "/v1/connections/last")).status === 404);
    await broker.put(`permissionBindings/${place}-in`, {
      clientGroupName: `${place}-writer`,
      topicSpaceName: `${place}-in`,
      permission: "Publisher",
    });
    const sending = await broker.joins(writer);
    await sending.publishes(`${place}/${writer}/z`, { qos: 1, payload: "next" });
    await receiving.takes(publish(`${place}/${writer}/z`, { payload: "next" }));
  });

  it("end with the client: disabled, deleted, or of another scheme", async () => {
    const changes: ((name: string) => Promise<void>)[] = [
      (name) => broker.register(name, { state: "Disabled" }),
      (name) => broker.deletes(`clients/${name}`),
      (name) =>
        broker.register(name, {
          clientCertificateAuthentication: { validationScheme: "DnsMatchesAuthenticationName" },
        }),
    ];
    const bystander = fresh("bystander");
    await broker.register(bystander);
    const other = await broker.joins(bystander);
    for (const change of changes) {
      const name = fresh("device");
      await broker.register(name);
      const client = await broker.joins(name, { clientId: name });
      await change(name);
      await client.isDisconnected(NOT_AUTHORIZED);
      await broker.refuses(await broker.dials(broker.dialer(name)), { userName: name, clientId: name });
    }
    await other.pings();
  });

  it("end with the user: disabled, deleted, or with another password", async () => {
    const changes: ((path: string) => Promise<void>)[] = [
      (path) => broker.put(path, { state: "Disabled" }),
      (path) => broker.put(path, { password: "another" }),
      (path) => broker.deletes(path),
    ];
    for (const change of changes) {
      const userName = fresh("user");
      await broker.put(`users/${userName}`, { password: "secret" });
      const client = await broker.joinsPlainly({ userName, password: "secret" });
      await broker.put(`users/${userName}`, { password: "secret", attributes: { floor: 3 } });
      await client.pings();
      await change(`users/${userName}`);
      await client.isDisconnected(NOT_AUTHORIZED);
    }
  });

  it("end with the client's certificate", async () => {
    const name = fresh("device");
    await broker.register(name);
    const certificate = makeClient(broker.root, { subject: name, notAfter: new Date(Date.now() + 2000) });
    const client = await broker.dials(tlsDialer(certificate));
    await client.connects({ userName: name });
    await client.isDisconnected(NOT_AUTHORIZED);
  });

  it("end with the revocation of the certificate", async () => {
    const authority = makeAuthority({ subject: "revoking root" });
    await broker.trust("revoking", authority);
    const [name, bystander] = [fresh("device"), fresh("bystander")];
    for (const one of [name, bystander]) await broker.register(one);
    const certificate = makeClient(authority, { subject: name });
    const client = await broker.dials(tlsDialer(certificate));
    await client.connects({ userName: name });
    const other = await broker.dials(broker.dialer(bystander, authority));
    await other.connects({ userName: bystander });
    await broker.trust(
      "revoking",
      authority,
      makeRevocationList(authority, { revoked: [certificate.serial] }),
    );
    await client.isDisconnected(NOT_AUTHORIZED);
    await other.pings();
  });

  it("end with the CA that vouched for the client, and with no other", async () => {
    const authority = makeAuthority({ subject: "second root" });
    await broker.trust("second", authority);
    const [name, bystander] = [fresh("device"), fresh("bystander")];
    for (const one of [name, bystander]) await broker.register(one);
    const other = await broker.joins(bystander);
    const client = await broker.dials(broker.dialer(name, authority));
    await client.connects({ userName: name });
    await broker.deletes("caCertificates/second");
    await client.isDisconnected(NOT_AUTHORIZED);
    await other.pings();
  });
});
