/** Custom tokens that must not let anybody in. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { makeAuthority, pem } from "../../identity/certificates.ts";
import { CustomWorld, ec, rsa, spkiPem } from "../../identity/token/custom_world.ts";
import { signed, unsigned } from "../../identity/token/issuer.ts";

const NOT_ALLOWED = "the token is not signed with RS256 or ES256";

describe("hostile custom tokens", () => {
  let world: CustomWorld;
  const now = Math.floor(Date.now() / 1000);

  beforeEach(() => {
    world = new CustomWorld();
  });

  function claims(): Record<string, unknown> {
    return { iss: "issuer-name", sub: "device1", aud: "localhost", nbf: now, exp: now + 600 };
  }

  it("alg none is refused, with and without a signature", async () => {
    assert.equal(await world.refuses(unsigned(claims(), { alg: "none", kid: "key1" }, "AAAA")), NOT_ALLOWED);
    await world.refuses(unsigned(claims(), { alg: "none" }));
  });

  it("HS256 that is signed with the issuer's public key or certificate is refused", async () => {
    const certificate = pem(makeAuthority({ keys: rsa }).der);
    for (const secret of [spkiPem(rsa.publicKey), certificate]) {
      const forged = await signed(claims(), { alg: "HS256", kid: "key1" }, new TextEncoder().encode(secret));
      assert.equal(await world.refuses(forged), NOT_ALLOWED);
    }
  });

  it("RS384, RS512 and PS256 of the same key are refused", async () => {
    for (const alg of ["RS384", "RS512", "PS256"]) {
      assert.equal(await world.refusal({}, { alg }), NOT_ALLOWED);
    }
  });

  it("an RSA key never serves ES256, nor a P-256 key RS256", async () => {
    assert.equal(
      await world.refuses(await world.token({}, { alg: "ES256" }, ec.privateKey)),
      "the token is signed with an unknown key",
    );
    world.issuer = { issuer: "issuer-name", keys: [{ kid: "key1", encoded: spkiPem(ec.publicKey) }] };
    assert.equal(await world.refuses(await world.token()), "the token is signed with an unknown key");
  });

  it("a kid that is unknown, a path or an address is refused, even if a key would fit", async () => {
    for (const kid of ["key2", "KEY1", "../key1", "/dev/null", "http://127.0.0.1/key1", "", "__proto__"]) {
      assert.equal(await world.refusal({}, { kid }), "the token is signed with an unknown key", kid);
    }
  });

  it("a key that the token brings is never used: jku, x5u, jwk, x5c", async () => {
    const attacker = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const jwk = attacker.publicKey.export({ format: "jwk" });
    const values = { jku: "http://127.0.0.1:1/", x5u: "http://127.0.0.1:1/", jwk, x5c: ["MIIB"] };
    for (const [name, value] of Object.entries(values)) {
      const token = await world.token({}, { [name]: value }, attacker.privateKey);
      assert.equal(await world.refuses(token), `the token brings a key in its header ${name}`);
    }
  });

  it("each required claim is required", async () => {
    for (const claim of ["sub", "aud", "exp", "nbf"]) {
      assert.equal(await world.refusal({ [claim]: undefined }), `the token has no claim ${claim}`);
    }
    assert.equal(await world.refusal({ iss: undefined }), "the token has no claim iss");
  });

  it("another issuer, also one that differs in case or by a slash, is refused", async () => {
    for (const iss of ["other", "Issuer-Name", "issuer-name/", "", ["issuer-name"]]) {
      await world.refusal({ iss });
    }
  });

  it("another audience, also one that begins or ends alike, is refused", async () => {
    world.hostnames = ["broker.example.com"];
    const wrong = [
      "broker.example.com.evil",
      "evil.broker.example.com",
      "https://evil/broker.example.com",
      "http://broker.example.com",
      "broker.example.com:8883",
      "https://https://broker.example.com",
      "*",
      "",
    ];
    for (const aud of wrong) {
      assert.equal(await world.refusal({ aud }), "the token is for another audience", aud);
    }
    await world.refusal({ aud: { "broker.example.com": 1 } });
    await world.refusal({ aud: [["broker.example.com"]] });
  });

  it("past and future times are refused", async () => {
    assert.equal(await world.refusal({ exp: now - 1 }), "the token has expired");
    assert.equal(await world.refusal({ nbf: now + 300 }), "the token is not valid yet");
    assert.equal(await world.refusal({ iat: now + 300 }), "the token was issued in the future");
  });

  it("a name that nobody can have is refused", async () => {
    for (const sub of ["", "x".repeat(129), "a\0b", 5, ["device1"], { a: 1 }]) {
      await world.refusal({ sub });
    }
  });

  it("more attributes than a client may have are refused", async () => {
    const cause = await world.refusal({ a: "x".repeat(2000), b: "x".repeat(2000), c: "x".repeat(200) });
    assert.equal(cause, "the token's claims make too many attributes");
  });

  it("a claim __proto__ gives nobody an attribute", async () => {
    const payload = JSON.parse('{"__proto__": {"admin": "yes"}, "constructor": "x"}');
    const { attributes = {} } = await world.identity({ ...claims(), ...payload });
    assert.deepEqual(Object.keys(attributes), ["constructor"]);
    assert.equal((attributes as Record<string, unknown>)["admin"], undefined);
  });

  it("the key of a certificate that has expired, or is not valid yet, is refused", async () => {
    const [past, future] = [new Date(Date.now() - 1000), new Date(Date.now() + 3_600_000)];
    for (const validity of [{ notBefore: new Date(0), notAfter: past }, { notBefore: future }]) {
      const encoded = pem(makeAuthority({ keys: rsa, ...validity }).der);
      world.issuer = { issuer: "issuer-name", keys: [{ kid: "key1", encoded }] };
      assert.equal(await world.refusal({}), "the certificate of the token's issuer is not valid now");
    }
  });

  it("a token of 1 MiB is refused before it is read", async () => {
    assert.equal(
      await world.refuses(`${"A".repeat(1024 * 1024)}.e30.AAAA`),
      "the token is larger than 8192 bytes",
    );
  });
});
