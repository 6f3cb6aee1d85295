/** An OIDC issuer whose keys come and go, while a broker runs. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { auth, type Client, fresh } from "../../dialogue/mod.ts";
import { FakeIssuer, type IssuerKeyPair, keyPair } from "../../identity/token/issuer.ts";
import { bearing, believes, dials, joinsBearing, OIDC } from "./bearer.ts";
import { GovernedBroker } from "./governed.ts";

const UNKNOWN_KEY = "the token is signed with an unknown key";
const RE_AUTHENTICATE = 0x19;

describe("the keys of an OIDC issuer", () => {
  let broker: GovernedBroker;
  let issuer: FakeIssuer;
  /** The keys that the issuer had from the beginning, and those that it may get. */
  let first: IssuerKeyPair;
  let second: IssuerKeyPair;
  let third: IssuerKeyPair;

  beforeEach(async () => {
    issuer = await FakeIssuer.start();
    first = issuer.key;
    [second, third] = [await keyPair("key2"), await keyPair("key3", "ES256")];
    broker = await GovernedBroker.started();
    await believes(broker, { entra: { issuer: issuer.url, jwksUri: `${issuer.url}/keys` } });
  });
  afterEach(async () => {
    await broker.end();
    await issuer[Symbol.asyncDispose]();
  });

  async function joins(key: IssuerKeyPair, oid = fresh("oid")): Promise<Client> {
    return await joinsBearing(broker, [OIDC, await issuer.token({ oid }, { key })]);
  }

  async function isUnknown(key: IssuerKeyPair): Promise<void> {
    const clientId = fresh("unknown");
    const properties = bearing(OIDC, await issuer.token({ oid: fresh("oid") }, { key }));
    await broker.refuses(await dials(broker), { clientId, properties });
    await broker.logsRefusal(clientId, UNKNOWN_KEY);
  }

  it("are asked for once, however many clients come", async () => {
    await Promise.all(Array.from({ length: 20 }, () => joins(first)));
    await joins(first);
    assert.equal(issuer.requests, 1);
  });

  it("work from the first token on that names them, also to renew an identity", async () => {
    const oid = fresh("oid");
    const old = await joins(first, oid);
    await isUnknown(second);
    issuer.keys = [first, second];
    await (await joins(second)).pings();
    issuer.keys = [second, third];
    old.sends(auth(RE_AUTHENTICATE, bearing(OIDC, await issuer.token({ oid }, { key: third }))));
    await old.receives(auth(0, { authenticationMethod: OIDC }));
    await old.pings();
  });

  it("let nobody in any more once they are missing from a set that was asked for again", async () => {
    const connected = await joins(first);
    issuer.keys = [second];
    // Its key is unknown, so the set is asked for again.
    await joins(second);
    await isUnknown(first);
    // The issuer still vouches for whoever has come in before.
    await connected.pings();
    await joins(second);
  });

  it("are the issuer's alone: a key of the same name that is not in the set proves nothing", async () => {
    await joins(first);
    const properties = bearing(OIDC, await issuer.token({}, { key: await keyPair(first.kid) }));
    const clientId = fresh("forged");
    await broker.refuses(await dials(broker), { clientId, properties });
    await broker.logsRefusal(clientId, "signature");
  });
});
