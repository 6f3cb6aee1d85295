/** A TLS session is resumed without a proof: whoever comes back is judged as if it had come for the first time. */

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { ConnectOptions } from "../../dialogue/build.ts";
import { type Address, fresh, splitAddress } from "../../dialogue/mod.ts";
import {
  type Made,
  makeAuthority,
  makeCertificate,
  makeClient,
  makeRevocationList,
} from "../../identity/certificates.ts";
import { LinkTaker } from "../../contract/driven_link.ts";
import { TlsListening } from "../../tls/adapter.ts";
import { forge, type Ticket } from "../../tls/forging_client.ts";
import { NOT_AUTHORIZED, useAccessBroker } from "./access_broker.ts";
import { approaching, forging } from "./dialers.ts";

describe("hostile: a resumed TLS session", () => {
  const { broker } = useAccessBroker();

  /** Makes a whole handshake and takes the ticket. */
  async function ticketOf(leaf: Made, at: Address = broker.mqtts): Promise<Ticket> {
    const forged = await forge(splitAddress(at).port, { chain: [leaf.der], key: leaf.privateKey });
    assert.ok(forged !== undefined);
    const ticket = await forged.ticket();
    forged.peer.cut();
    return ticket;
  }

  /** Comes back with nothing but a ticket, which the server must take. */
  const withTicket = (ticket: Ticket) =>
    forging({ chain: [], ticket }, ({ resumed }) => assert.ok(resumed, "the session was not resumed"));

  /** What a client has that came in by its certificate and keeps the ticket. */
  async function insider(wanted: { readonly notAfter?: Date; readonly issuer?: Made } = {}) {
    const name = fresh("resumed");
    await broker.register(name);
    const { issuer = broker.root, ...validity } = wanted;
    const leaf = makeClient(issuer, { subject: name, ...validity });
    const [ticket, client] = [
      await ticketOf(leaf),
      await broker.admits(approaching({ chain: [leaf] }), { userName: name }),
    ];
    const refusal = (options: ConnectOptions = {}) =>
      broker.refusal(withTicket(ticket), { userName: name, ...options });
    return { name, leaf, ticket, client, refusal };
  }

  it("is accepted while its certificate is", async () => {
    const { name, ticket } = await insider();
    await (await broker.admits(withTicket(ticket), { userName: name })).pings();
  });

  it("does not make a self-signed certificate good", async () => {
    const name = fresh("resumed");
    await broker.register(name);
    const dialer = withTicket(await ticketOf(makeCertificate({ subject: name, ca: false })));
    assert.match(await broker.refusal(dialer, { userName: name }), /no registered CA/);
  });

  it("does not make a certificate of another CA of the same name good", async () => {
    const name = fresh("resumed");
    await broker.register(name);
    const stranger = makeAuthority({ subject: broker.root.subject });
    const dialer = withTicket(await ticketOf(makeClient(stranger, { subject: name })));
    assert.match(await broker.refusal(dialer, { userName: name }), /signature/);
  });

  it("is refused once its certificate has expired, and the connection ends then", async () => {
    const notAfter = new Date(Date.now() + 5000);
    const { client, refusal } = await insider({ notAfter });
    await client.isDisconnected(NOT_AUTHORIZED);
    assert.ok(Date.now() >= Math.floor(notAfter.getTime() / 1000) * 1000, "it ended too early");
    assert.match(await refusal(), /has expired/);
  });

  it("is refused once its CA is removed", async () => {
    const issuer = makeAuthority({ subject: "removed CA" });
    await broker.trust("removed", issuer);
    const { client, refusal } = await insider({ issuer });
    await broker.deletes("caCertificates/removed");
    await client.isDisconnected(NOT_AUTHORIZED);
    assert.match(await refusal(), /no registered CA/);
  });

  it("is refused once its certificate is revoked", async () => {
    const issuer = makeAuthority({ subject: "revoking CA" });
    await broker.trust("revoking", issuer);
    const { client, leaf, refusal } = await insider({ issuer });
    await broker.trust("revoking", issuer, makeRevocationList(issuer, { revoked: [leaf.serial] }));
    await client.isDisconnected(NOT_AUTHORIZED);
    assert.match(await refusal(), /has revoked/);
  });

  it("is refused once its client is disabled", async () => {
    const { client, name, refusal } = await insider();
    await broker.register(name, { state: "Disabled" });
    await client.isDisconnected(NOT_AUTHORIZED);
    assert.match(await refusal(), /disabled/);
  });

  it("is refused once its client is deleted", async () => {
    const { client, name, refusal } = await insider();
    await broker.deletes(`clients/${name}`);
    await client.isDisconnected(NOT_AUTHORIZED);
    await refusal();
  });

  it("is not another client's", async () => {
    const [one, other] = [await insider(), await insider()];
    assert.match(await one.refusal({ userName: other.name }), /does not carry the authentication name/);
    await Promise.all([one.client.pings(), other.client.pings()]);
  });

  it("of another listener is judged as any", async () => {
    const name = fresh("resumed");
    await broker.register(name);
    const elsewhere = broker.address("https");
    const self = await ticketOf(makeCertificate({ subject: name, ca: false }), elsewhere);
    await broker.refusal(forging({ chain: [], ticket: self }), { userName: name });
    const issuer = makeAuthority({ subject: `${name} CA` });
    await broker.trust(name, issuer);
    const ticket = await ticketOf(makeClient(issuer, { subject: name }), elsewhere);
    await broker.deletes(`caCertificates/${name}`);
    await broker.refusal(forging({ chain: [], ticket }), { userName: name });
  });

  it("of another process is none", async () => {
    const name = fresh("resumed");
    await broker.register(name);
    const other = await TlsListening.start(new LinkTaker().accept);
    try {
      const ticket = await ticketOf(makeClient(broker.root, { subject: name }), `127.0.0.1:${other.port}`);
      const isNew = forging({ chain: [], ticket }, ({ resumed }) => assert.equal(resumed, false));
      await broker.refusal(isNew, { userName: name });
    } finally {
      await other.close();
    }
  });
});
