/** Tokens that must not let anybody in, and issuers that must not bring the broker down. */
import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import { AUDIENCE, FakeIssuer, keyPair, OID, signed, unsigned } from "../../identity/token/issuer.ts";
import { bearing, OidcWorld, refusalOf } from "../../identity/token/world.ts";

const NOBODY = "the token is signed with an algorithm that proves nothing";

describe("hostile OIDC tokens", () => {
  let issuer: FakeIssuer;
  let world: OidcWorld;
  const now = Math.floor(Date.now() / 1000);

  beforeAll(async () => {
    issuer = await FakeIssuer.start();
  });
  afterAll(() => issuer[Symbol.asyncDispose]());
  beforeEach(() => {
    world = new OidcWorld([issuer]);
  });

  function claims(): Record<string, unknown> {
    return { iss: issuer.url, aud: AUDIENCE, oid: OID, nbf: now, exp: now + 3600 };
  }

  it("alg none is refused in every spelling, with and without a signature", async () => {
    for (const alg of ["none", "None", "NONE", "nOnE"]) {
      assert.deepEqual(await world.refuses(unsigned(claims(), { alg, kid: "key1" }, "AAAA")), [0x87, NOBODY]);
      const [reason] = await world.refuses(unsigned(claims(), { alg, kid: "key1" }));
      assert.equal(reason, 0x87);
    }
  });

  it("HS256 that is signed with the issuer's public key is refused", async () => {
    const spki = createPublicKey({ key: issuer.key.jwk, format: "jwk" }).export({
      type: "spki",
      format: "pem",
    });
    const secret = new TextEncoder().encode(spki.toString());
    const forged = await signed(claims(), { alg: "HS256", kid: "key1", typ: "JWT" }, secret);
    assert.deepEqual(await world.refuses(forged), [0x87, NOBODY]);
  });

  it("another algorithm of the same key is refused", async () => {
    const token = await issuer.token();
    const [, payload, signature] = token.split(".");
    const header = btoa(JSON.stringify({ alg: "PS256", kid: "key1" })).replaceAll("=", "");
    assert.deepEqual(await world.refuses(`${header}.${payload}.${signature}`), [
      0x87,
      "the token is signed with an unknown key",
    ]);
  });

  it("a symmetric, an encryption and a weak key in the set are passed over", async () => {
    const secret = { kty: "oct", k: "c2VjcmV0", kid: "secret", alg: "HS256" };
    const encrypting = await keyPair("encrypting");
    const weak = { ...issuer.key.jwk, kid: "weak", n: (issuer.key.jwk.n ?? "").slice(0, 171) };
    issuer.behaviour = (response) => {
      const keys = [secret, weak, { ...encrypting.jwk, use: "enc" }, null, "key", issuer.key.jwk];
      response.end(JSON.stringify({ keys }));
    };
    assert.equal(await world.nameOf(await issuer.token()), OID);
    const [reason] = await world.refuses(await issuer.token({}, { key: encrypting }));
    assert.equal(reason, 0x87);
    issuer.behaviour = (response) => issuer.answers(response);
  });

  it("an unknown kid is refused, and asks the issuer only so often", async () => {
    await world.nameOf(await issuer.token());
    const before = issuer.requests;
    for (let index = 0; index < 50; index += 1) {
      const token = await issuer.token({}, { header: { kid: `unknown${index}` } });
      assert.deepEqual(await world.refuses(token), [0x87, "the token is signed with an unknown key"]);
    }
    assert.ok(issuer.requests - before <= 5, `${issuer.requests - before} requests`);
    assert.equal(await world.nameOf(await issuer.token()), OID);
  });

  it("a kid that is a path, an address or no text names no key", async () => {
    for (
      const kid of ["../../../etc/passwd", "/dev/null", "http://127.0.0.1:1/keys", "key1\0", "", "__proto__"]
    ) {
      const [reason, cause] = await world.refuses(await issuer.token({}, { header: { kid } }));
      assert.deepEqual([reason, cause], [0x87, "the token is signed with an unknown key"], kid);
    }
    const [reason] = await world.refuses(unsigned(claims(), { alg: "RS256", kid: { a: 1 } }, "AAAA"));
    assert.equal(reason, 0x87);
  });

  it("a key that the token brings is never used: jku, x5u, jwk, x5c", async () => {
    await using attacker = await FakeIssuer.start();
    const values = {
      jku: `${attacker.url}/keys`,
      x5u: `${attacker.url}/certificate`,
      jwk: attacker.key.jwk,
      x5c: ["MIIB"],
    };
    for (const [name, value] of Object.entries(values)) {
      const token = await signed(
        claims(),
        { alg: "RS256", kid: "key1", [name]: value },
        attacker.key.privateKey,
      );
      assert.deepEqual(await world.refuses(token), [0x87, `the token brings a key in its header ${name}`]);
      const good = await issuer.token({}, { header: { [name]: value } });
      assert.equal((await world.refuses(good))[0], 0x87);
    }
    assert.equal(attacker.requests, 0);
  });

  it("critical extensions and other types of token are refused", async () => {
    const critical = unsigned(claims(), { alg: "RS256", kid: "key1", crit: ["b64"], b64: false }, "AAAA");
    assert.deepEqual(await world.refuses(critical), [0x87, "the token has critical extensions"]);
    for (const typ of ["dpop+jwt", "logout+jwt", "secevent+jwt"]) {
      const [reason] = await world.refuses(await issuer.token({}, { header: { typ } }));
      assert.equal(reason, 0x87, typ);
    }
  });

  it("a type that is no text is refused, whatever it would be as text", async () => {
    const header = { alg: "RS256", kid: "key1" };
    for (const typ of [{ toString: 1 }, { toString: null }, null, ["jwt"], 1, true]) {
      assert.deepEqual(await world.refuses(unsigned(claims(), { ...header, typ }, "AAAA")), [
        0x87,
        "the token is of another type than JWT",
      ]);
    }
  });

  it("a signature of another issuer, a changed payload and a cut signature are refused", async () => {
    const stranger = await keyPair("key1");
    const forged = await issuer.token({}, { key: stranger });
    assert.deepEqual(await world.refuses(forged), [0x87, "the token's signature is wrong"]);
    const [header, , signature = ""] = (await issuer.token()).split(".");
    const other = btoa(JSON.stringify({ ...claims(), oid: "somebody-else" })).replaceAll("=", "");
    assert.equal((await world.refuses(`${header}.${other}.${signature}`))[0], 0x87);
    const cut = (await issuer.token()).slice(0, -4);
    assert.equal((await world.refuses(cut))[0], 0x87);
  });

  it("missing claims are refused", async () => {
    for (const claim of ["aud", "exp", "oid"]) {
      assert.deepEqual(await world.refuses(await issuer.token({ [claim]: undefined })), [
        0x87,
        `the token has no claim ${claim}`,
      ]);
    }
    assert.deepEqual(await world.refuses(await issuer.token({ iss: undefined })), [0x87, "invalid issuer"]);
  });

  it("future claims are refused", async () => {
    assert.deepEqual(await world.refuses(await issuer.token({ nbf: now + 300 })), [
      0x87,
      "the token is not valid yet",
    ]);
    assert.deepEqual(await world.refuses(await issuer.token({ iat: now + 300, nbf: undefined })), [
      0x87,
      "the token was issued in the future",
    ]);
  });

  it("claims of another type are refused", async () => {
    const wrong: Record<string, unknown>[] = [
      { exp: "4000000000" },
      { exp: null },
      { exp: { $gt: 0 } },
      { nbf: "now" },
      { iss: [issuer.url] },
      { aud: { [AUDIENCE]: true } },
      { aud: [[AUDIENCE]] },
      { aud: [] },
      { oid: 7 },
      { oid: "" },
      { oid: "a\0b" },
      { oid: "x".repeat(129) },
      { oid: ["a"] },
    ];
    for (const claims of wrong) {
      assert.equal((await world.refuses(await issuer.token(claims)))[0], 0x87, JSON.stringify(claims));
    }
  });

  it("another audience is refused, also one that begins or ends alike", async () => {
    for (
      const aud of [
        "https://eventgrid.azure.net.evil/",
        "https://evil/?https://eventgrid.azure.net/",
        "*",
        "",
      ]
    ) {
      assert.deepEqual(await world.refuses(await issuer.token({ aud })), [
        0x87,
        "the token is for another audience",
      ]);
    }
  });

  it("a token of one tenant's issuer with another's audience is refused", async () => {
    await using tenant = await FakeIssuer.start();
    world.trusted = [issuer.trusted, { ...tenant.trusted, audience: ["https://tenant/"] }];
    assert.equal(await world.nameOf(await tenant.token({ aud: "https://tenant/" })), OID);
    assert.deepEqual(await world.refuses(await tenant.token({ aud: AUDIENCE })), [
      0x87,
      "the token is for another audience",
    ]);
    const crossed = await tenant.token({ iss: issuer.url, aud: AUDIENCE });
    assert.deepEqual(await world.refuses(crossed), [0x87, "the token's signature is wrong"]);
  });

  it("a token of 1 MiB is refused before it is read", async () => {
    const large = `${"A".repeat(1024 * 1024)}.e30.AAAA`;
    assert.deepEqual(await world.refuses(large), [0x87, "the token is larger than 8192 bytes"]);
  });

  it("what is no token is refused", async () => {
    const bytes = [new Uint8Array(), new Uint8Array([0xff, 0xfe, 0]), new Uint8Array(8192)];
    const texts = ["a.b", "a.b.c", "....", "a.b.c.d.e", "eyJ.eyJ.", "Bearer a.b.c", `${btoa("[]")}.e30.AA`];
    for (const wrong of [...bytes, ...texts]) {
      assert.equal((await world.refuses(wrong))[0], 0x87);
    }
    const none = { ...bearing(""), authenticationData: undefined };
    assert.equal((await refusalOf(world.identifier, none))[0], 0x87);
  });
});

describe("hostile OIDC issuers", () => {
  const limits = { milliseconds: 200 };

  it("one that does not answer makes its clients come back later", async () => {
    await using issuer = await FakeIssuer.start();
    issuer.behaviour = () => {};
    const world = new OidcWorld([issuer], limits);
    assert.deepEqual(await world.refuses(await issuer.token()), [
      0x88,
      "the issuer's keys cannot be had: it did not answer within 200 ms",
    ]);
  });

  it("one that nobody listens for makes its clients come back later", async () => {
    const issuer = await FakeIssuer.start();
    const token = await issuer.token();
    const world = new OidcWorld([issuer], limits);
    await issuer[Symbol.asyncDispose]();
    assert.equal((await world.refuses(token))[0], 0x88);
  });

  it("one that answers a byte at a time is given up within the bound", async () => {
    await using issuer = await FakeIssuer.start();
    issuer.behaviour = (response) => {
      const drip = setInterval(() => response.write(" "), 20);
      response.on("close", () => clearInterval(drip));
    };
    const world = new OidcWorld([issuer], limits);
    assert.match((await world.refuses(await issuer.token()))[1], /did not answer within 200 ms/);
  });

  it("one that answers 100 MB is read to the first megabyte", async () => {
    await using issuer = await FakeIssuer.start();
    let written = 0;
    issuer.behaviour = (response) => {
      const part = new Uint8Array(64 * 1024).fill(0x20);
      const more = (): void => {
        while (written < 100 * 1024 * 1024 && !response.destroyed) {
          written += part.length;
          if (!response.write(part)) return void response.once("drain", more);
        }
      };
      more();
    };
    const world = new OidcWorld([issuer]);
    assert.deepEqual(await world.refuses(await issuer.token()), [
      0x88,
      "the issuer's keys cannot be had: it answers more than 1048576 bytes",
    ]);
    assert.ok(written < 50 * 1024 * 1024, `${written} bytes were taken`);
  });

  it("one that redirects is not followed", async () => {
    await using elsewhere = await FakeIssuer.start();
    await using issuer = await FakeIssuer.start();
    issuer.behaviour = (response) =>
      void response.writeHead(302, { location: `${elsewhere.url}/keys` }).end();
    const world = new OidcWorld([issuer]);
    const token = await issuer.token({}, { key: elsewhere.key });
    assert.deepEqual(await world.refuses(token), [
      0x88,
      "the issuer's keys cannot be had: it answers with the status 302",
    ]);
    assert.equal(elsewhere.requests, 0);
  });

  it("one that answers garbage has no keys, and is not asked for each token", async () => {
    await using issuer = await FakeIssuer.start();
    const world = new OidcWorld([issuer]);
    const token = await issuer.token();
    for (const garbage of ["", "[]", "{", '{"keys":{}}', "<html>", '{"keys":[']) {
      issuer.behaviour = (response) => void response.end(garbage);
      assert.equal((await world.refuses(token))[0], 0x88, garbage);
    }
    assert.equal(issuer.requests, 5);
    issuer.behaviour = (response) => issuer.answers(response);
    world.later = 10_000;
    assert.equal(await world.nameOf(token), OID);
  });

  it("one with 2,000 keys is heard for the first hundred", async () => {
    await using issuer = await FakeIssuer.start();
    const { jwk } = issuer.key;
    issuer.behaviour = (response) => {
      const keys = Array.from(
        { length: 2_000 },
        (_, index) => ({ ...jwk, kid: index === 0 ? "key1" : `k${index}` }),
      );
      response.end(JSON.stringify({ keys }));
    };
    const world = new OidcWorld([issuer]);
    assert.equal(await world.nameOf(await issuer.token()), OID);
    const late = await issuer.token({}, { header: { kid: "k1999" } });
    assert.equal((await world.refuses(late))[0], 0x87);
  });

  it("a token that expires while its keys are awaited is not taken", async () => {
    await using issuer = await FakeIssuer.start();
    const world = new OidcWorld([issuer]);
    const token = await issuer.token({ exp: Math.floor(Date.now() / 1000) + 60 });
    let answer: (() => void) | undefined;
    issuer.behaviour = (response) => void (answer = () => issuer.answers(response));
    const asked = issuer.asked();
    const refusal = world.refuses(token);
    await asked;
    world.later = 61_000;
    answer?.();
    assert.deepEqual(await refusal, [0x87, "the token has expired"]);
  });
});
