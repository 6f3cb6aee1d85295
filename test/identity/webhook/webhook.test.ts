import assert from "node:assert/strict";
import { afterAll, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import { ClientCredentials } from "../../../src/identity/webhook/client_credentials.ts";
import { StaticBearer } from "../../../src/identity/webhook/credential.ts";
import { AttemptLimiter } from "../../../src/identity/rate_limit.ts";
import { eventually } from "../../dialogue/mod.ts";
import { makeAuthority, makeClient, pem } from "../certificates.ts";
import { credentials } from "../directory.ts";
import { bearing, identityOf, refusalOf } from "../token/world.ts";
import { answer, FakeService, WebhookWorld } from "./service.ts";

const ALLOW = { decision: "allow", clientAuthenticationName: "Device1" };

describe("WebhookIdentifier (specification §3.5)", () => {
  let service: FakeService;
  let world: WebhookWorld;

  beforeAll(async () => {
    service = await FakeService.start();
  });
  afterAll(() => service[Symbol.asyncDispose]());
  beforeEach(() => {
    service.asked.length = 0;
    world = new WebhookWorld(service.url);
  });

  it("takes whoever the service allows, by the name, with the attributes, until the moment that it says", async () => {
    const attributes = { num: 1, neg: -1, s: "x", list: ["a", "b"] };
    service.says({ ...ALLOW, attributes, expiration: 4_000_000_000 });
    assert.deepEqual(await identityOf(world.identifier, credentials({ username: "u" })), {
      kind: "external",
      authenticationName: "Device1",
      authenticationType: "Webhook",
      source: "Webhook",
      authorities: [],
      expiresAt: 4_000_000_000_000,
      attributes,
      voucher: { way: "webhook", grounds: service.url },
    });
  });

  it("takes an expiration in quotes, and none", async () => {
    service.says({ ...ALLOW, expiration: "4000000000" });
    assert.equal((await identityOf(world.identifier, credentials({}))).expiresAt, 4_000_000_000_000);
    service.says({ ...ALLOW, expiration: null, attributes: null, more: true });
    const { expiresAt, attributes } = await identityOf(world.identifier, credentials({}));
    assert.deepEqual([expiresAt, attributes], [undefined, {}]);
  });

  it("refuses whoever the service denies, and tells the log why", async () => {
    service.says({ decision: "deny" });
    assert.deepEqual(await refusalOf(world.identifier, credentials({})), [0x87, "the webhook denies"]);
    service.says({ decision: "deny", errorReason: "no such device" });
    assert.deepEqual(await refusalOf(world.identifier, credentials({})), [
      0x87,
      "the webhook denies: no such device",
    ]);
  });

  it("posts exactly what the client has said", async () => {
    service.says(ALLOW);
    await identityOf(world.identifier, credentials({}));
    await identityOf(world.identifier, credentials({ username: "user", password: "päss" }));
    await identityOf(world.identifier, bearing("data", "SCRAM"));
    const [bare, named, enhanced] = service.asked;
    assert.equal(bare?.method, "POST");
    assert.equal(bare?.url, "/hook");
    assert.equal(bare?.headers["content-type"], "application/json");
    assert.equal(bare?.headers.authorization, undefined);
    assert.deepEqual(bare?.body, { clientId: "session1" });
    assert.deepEqual(named?.body, { clientId: "session1", userName: "user", password: "cMOkc3M=" });
    assert.deepEqual(enhanced?.body, {
      clientId: "session1",
      authenticationMethod: "SCRAM",
      authenticationData: "ZGF0YQ==",
    });
  });

  it("sends the certificate and what came behind it as PEM", async () => {
    service.says(ALLOW);
    const root = makeAuthority({ subject: "root" });
    const middle = makeAuthority({ subject: "middle", issuer: root });
    const leaf = makeClient(middle);
    await identityOf(world.identifier, credentials({ certificates: [leaf.der, middle.der, root.der] }));
    await identityOf(world.identifier, credentials({ certificates: [leaf.der] }));
    const [whole, single] = service.asked;
    const bare = (text: string) => text.replaceAll(/\s/g, "");
    assert.equal(bare(whole?.body.clientCertificate), bare(pem(leaf.der)));
    assert.equal(bare(whole?.body.clientCertificateChain), bare(pem(middle.der) + pem(root.der)));
    assert.match(whole?.body.clientCertificateChain, /^-----BEGIN CERTIFICATE-----\n[^-]{60,}/);
    assert.equal("clientCertificateChain" in single?.body, false);
  });

  it("asks no longer for whoever is gone, and counts it as nobody's failure", async () => {
    const attempts = { burst: 2, perSecond: 0, keysMax: 8 };
    const { identifier, metrics } = new WebhookWorld(service.url, { runningMax: 1, waitingMax: 1 }, {
      denials: new AttemptLimiter(attempts),
    });
    const closed = Promise.withResolvers<void>();
    service.behaviour = (response) => void response.once("close", closed.resolve);
    const [first, second] = [new AbortController(), new AbortController()];
    const asked = identifier.identify(credentials({}), { gone: first.signal });
    const waiting = identifier.identify(credentials({}), { gone: second.signal });
    await service.isAsked(1);
    second.abort();
    first.abort();
    for (const found of await Promise.all([asked, waiting])) {
      assert.deepEqual(found, { identified: false, reason: 0x88, cause: "the client is gone" });
    }
    await closed.promise;
    assert.equal(service.asked.length, 1);
    service.says(ALLOW);
    assert.equal((await identifier.identify(credentials({})))?.identified, true);
    const failed = await metrics.metrics[1]?.get();
    assert.deepEqual(failed?.values, []);
  });

  it("counts what it was asked for whoever is gone as under way, since the service may be at it", async () => {
    const denials = new AttemptLimiter({ burst: 1, perSecond: 0, keysMax: 8 });
    const { identifier } = new WebhookWorld(service.url, { milliseconds: 300 }, { denials });
    service.behaviour = () => {};
    const leaving = new AbortController();
    const asked = identifier.identify(credentials({}), { gone: leaving.signal });
    await service.isAsked(1);
    leaving.abort();
    await asked;
    assert.deepEqual(await refusalOf(identifier, credentials({})), [
      0x88,
      "too many attempts from this address are under way",
    ]);
    service.says(ALLOW);
    const isIn = async () => (await identifier.identify(credentials({})))?.identified === true;
    await eventually(isIn);
  });

  it("without an endpoint leaves everything to others", () => {
    world.endpoint = undefined;
    assert.equal(world.identifier.identify(credentials({ username: "u" })), undefined);
  });

  it("withdrawn() tells when the endpoint is another", async () => {
    service.says(ALLOW);
    const { voucher } = await identityOf(world.identifier, credentials({}));
    assert.ok(voucher !== undefined);
    assert.equal(world.identifier.withdrawn(voucher), undefined);
    world.endpoint = { url: `${service.url}2`, scope: undefined };
    assert.match(world.identifier.withdrawn(voucher) ?? "", /not asked any more/);
  });

  it("shows a static bearer", async () => {
    service.says(ALLOW);
    const trusting = new WebhookWorld(service.url, {}, { credential: new StaticBearer("s3cret") });
    await identityOf(trusting.identifier, credentials({}));
    assert.equal(service.asked[0]?.headers.authorization, "Bearer s3cret");
  });

  it("gets a credential by OAuth client credentials, once, and again when it has expired or is not taken", async () => {
    await using authority = await FakeService.start();
    let later = 0;
    const credential = new ClientCredentials({
      tokenUrl: authority.url,
      clientId: "broker",
      clientSecret: "a&b",
      fetch,
      now: () => performance.now() + later,
    });
    let count = 0;
    authority.behaviour = (response) =>
      answer(response, { access_token: `token${++count}`, expires_in: 3600, token_type: "Bearer" });
    const trusting = new WebhookWorld(service.url, {}, { credential });
    const shown = async () => {
      const found = await trusting.identifier.identify(credentials({}));
      return [service.asked.at(-1)?.headers.authorization, found?.identified];
    };
    service.says(ALLOW);
    await Promise.all([shown(), shown(), shown()]);
    assert.deepEqual(await shown(), ["Bearer token1", true]);
    assert.deepEqual(
      Object.fromEntries(new URLSearchParams(authority.asked[0]?.text)),
      {
        grant_type: "client_credentials",
        client_id: "broker",
        client_secret: "a&b",
        scope: "api://hook/.default",
      },
    );
    later = 3_541_000;
    assert.deepEqual(await shown(), ["Bearer token2", true]);
    service.says({}, 401);
    assert.deepEqual(await shown(), ["Bearer token2", false]);
    service.says(ALLOW);
    assert.deepEqual(await shown(), ["Bearer token3", true]);
    assert.equal(authority.asked.length, 3);
  });
});
