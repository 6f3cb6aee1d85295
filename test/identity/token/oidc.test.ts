import assert from "node:assert/strict";
import { afterAll, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import { AUDIENCE, FakeIssuer, keyPair, OID } from "./issuer.ts";
import { bearing, identityOf, OidcWorld } from "./world.ts";

describe("OidcIdentifier", () => {
  let issuer: FakeIssuer;
  let world: OidcWorld;

  beforeAll(async () => {
    issuer = await FakeIssuer.start();
  });
  afterAll(() => issuer[Symbol.asyncDispose]());
  beforeEach(() => {
    world = new OidcWorld([issuer]);
  });

  it("takes whoever a trusted issuer calls by oid", async () => {
    const identity = await identityOf(world.identifier, bearing(await issuer.token({ exp: 4_000_000_000 })));
    assert.equal(identity.authenticationName, OID);
    assert.equal(identity.kind, "oidc");
    assert.equal(identity.issuer, issuer.url);
    assert.equal(identity.authenticationType, "AccessToken");
    assert.equal(identity.source, "JWT");
    assert.equal(identity.expiresAt, 4_000_000_000_000);
  });

  it("leaves other methods, and everything while no issuer is trusted, to others", async () => {
    const token = await issuer.token();
    assert.equal(world.identifier.identify(bearing(token, "CUSTOM-JWT")), undefined);
    world.trusted = [];
    assert.equal(world.identifier.identify(bearing(token)), undefined);
  });

  it("takes a configured claim in place of oid", async () => {
    world.trusted = [{ ...issuer.trusted, principalClaim: "sub" }];
    assert.equal(await world.nameOf(await issuer.token({ sub: "device7" })), "device7");
    assert.deepEqual(await world.refuses(await issuer.token()), [0x87, "the token has no claim sub"]);
  });

  it("takes the audience with and without a slash at its end, and in a list", async () => {
    assert.equal(await world.nameOf(await issuer.token({ aud: AUDIENCE.slice(0, -1) })), OID);
    assert.equal(await world.nameOf(await issuer.token({ aud: ["other", AUDIENCE] })), OID);
  });

  it("takes tokens without nbf, iat and typ, and access tokens of RFC 9068", async () => {
    assert.equal(await world.nameOf(await issuer.token({ nbf: undefined, iat: undefined })), OID);
    assert.equal(await world.nameOf(await issuer.token({}, { header: { typ: undefined } })), OID);
    assert.equal(await world.nameOf(await issuer.token({}, { header: { typ: "at+jwt" } })), OID);
  });

  it("takes every algorithm that needs a public key, by the kind of the key", async () => {
    for (const algorithm of ["RS512", "PS256", "ES256", "ES384", "EdDSA"]) {
      await using other = await FakeIssuer.start(algorithm);
      assert.equal(await new OidcWorld([other]).nameOf(await other.token()), OID, algorithm);
    }
  });

  it("fetches the keys once for many tokens", async () => {
    const before = issuer.requests;
    const tokens = await Promise.all([1, 2, 3, 4].map(() => issuer.token()));
    await Promise.all(tokens.map((token) => world.nameOf(token)));
    await world.nameOf(await issuer.token());
    assert.equal(issuer.requests, before + 1);
  });

  it("takes a key that is new in the set at the first token that names it", async () => {
    await world.nameOf(await issuer.token());
    const added = await keyPair("key2");
    issuer.keys.unshift(added);
    assert.equal(await world.nameOf(await issuer.token({}, { key: added })), OID);
    issuer.keys.shift();
  });

  it("takes a key no longer that has gone from the set", async () => {
    const gone = await keyPair("gone");
    issuer.keys.push(gone);
    const token = await issuer.token({ exp: 4_000_000_000 }, { key: gone });
    assert.equal(await world.nameOf(token), OID);
    issuer.keys.pop();
    world.later = 61 * 60_000;
    assert.deepEqual(await world.refuses(token), [0x87, "the token is signed with an unknown key"]);
  });

  it("takes it no longer either once the set is old, if nobody has come meanwhile", async () => {
    const gone = await keyPair("gone");
    issuer.keys.push(gone);
    const token = await issuer.token({ exp: 4_000_000_000 }, { key: gone });
    assert.equal(await world.nameOf(token), OID);
    issuer.keys.pop();
    world.later = 4 * 60_000;
    assert.equal(await world.nameOf(token), OID);
    world.later = 6 * 60_000;
    const both = await Promise.all([world.refuses(token), world.refuses(token)]);
    for (const refusal of both) assert.deepEqual(refusal, [0x87, "the token is signed with an unknown key"]);
  });

  it("keeps nobody waiting for an issuer that has just been asked in vain", async () => {
    const asking = new OidcWorld([issuer], { milliseconds: 500 });
    const token = await issuer.token({ exp: 4_000_000_000 });
    await asking.nameOf(token);
    asking.later = 6 * 60_000;
    issuer.behaviour = (response) => void response.writeHead(500).end();
    assert.equal(await asking.nameOf(token), OID);
    const givenUp = Promise.withResolvers<string>();
    const asked = issuer.asked();
    issuer.behaviour = (response) => void response.once("close", () => givenUp.resolve("given up"));
    assert.equal(await Promise.race([asking.nameOf(token), givenUp.promise]), OID);
    await asked;
    await givenUp.promise;
    issuer.behaviour = (response) => issuer.answers(response);
  });

  it("goes on with the keys that it has while the issuer does not answer, for an hour", async () => {
    const token = await issuer.token({ exp: 4_000_000_000 });
    await world.nameOf(token);
    issuer.behaviour = (response) => void response.writeHead(500).end();
    world.later = 59 * 60_000;
    assert.equal(await world.nameOf(token), OID);
    world.later = 61 * 60_000;
    assert.deepEqual(await world.refuses(token), [
      0x88,
      "the issuer's keys cannot be had: it answers with the status 500",
    ]);
    issuer.behaviour = (response) => issuer.answers(response);
  });

  it("uses a token without kid with the only key there is, and with none of several", async () => {
    const nameless = { header: { kid: undefined } };
    assert.equal(await world.nameOf(await issuer.token({}, nameless)), OID);
    issuer.keys.push(await keyPair("another"));
    const late = new OidcWorld([issuer]);
    assert.deepEqual(await late.refuses(await issuer.token({}, nameless)), [
      0x87,
      "the token is signed with an unknown key",
    ]);
    issuer.keys.pop();
  });

  it("allows for clocks that differ by the tolerance and no more", async () => {
    const now = Math.floor(Date.now() / 1000);
    const tolerant = new OidcWorld([issuer], {}, 60);
    assert.equal(await tolerant.nameOf(await issuer.token({ exp: now - 50 })), OID);
    assert.equal(await tolerant.nameOf(await issuer.token({ nbf: now + 50, iat: now + 50 })), OID);
    assert.deepEqual(await tolerant.refuses(await issuer.token({ exp: now - 70 })), [
      0x87,
      "the token has expired",
    ]);
  });

  it("isOfIssuer() goes by the claim iss alone, of a token that can be read, and asks nobody", async () => {
    const says = async (token: string | Promise<string>) =>
      world.identifier.isOfIssuer(new TextEncoder().encode(await token));
    const before = issuer.requests;
    assert.ok(await says(issuer.token({ exp: 1, aud: "elsewhere" })));
    assert.ok(!await says(issuer.token({ iss: "another" })));
    assert.ok(!await says(issuer.token({ iss: undefined })));
    assert.ok(!await says("no token"));
    world.trusted = [];
    assert.ok(!await says(issuer.token()));
    assert.equal(issuer.requests, before);
  });

  it("withdrawn() tells when the issuer is not trusted any more, or for another audience", async () => {
    const { voucher } = await identityOf(world.identifier, bearing(await issuer.token()));
    assert.ok(voucher !== undefined);
    assert.equal(world.identifier.withdrawn(voucher), undefined);
    world.trusted = [{ ...issuer.trusted, audience: ["elsewhere"] }];
    assert.match(world.identifier.withdrawn(voucher) ?? "", /not trusted/);
    world.trusted = [];
    assert.match(world.identifier.withdrawn(voucher) ?? "", /not trusted/);
  });
});
