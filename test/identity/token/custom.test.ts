import assert from "node:assert/strict";
import type { KeyObject } from "node:crypto";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { generateKeyPairSync } from "node:crypto";
import { CustomTokenIdentifier } from "../../../src/identity/token/custom_identifier.ts";
import type { CustomAlgorithm } from "../../../src/identity/token/issuer_key.ts";
import { readIssuerKey } from "../../../src/identity/token/issuer_key.ts";
import { makeAuthority, pem } from "../certificates.ts";
import { CustomWorld, ec, rsa, spkiPem } from "./custom_world.ts";
import { bearing, identityOf } from "./world.ts";

describe("CustomTokenIdentifier", () => {
  let world: CustomWorld;

  beforeEach(() => {
    world = new CustomWorld();
  });

  it("takes whoever the issuer calls by sub, with the claims that attributes can be", async () => {
    const identity = await world.identity({
      sub: "Device1",
      exp: 4_000_000_000,
      num_attr_pos: 1,
      num_attr_neg: -1,
      str_attr: "str_value",
      str_list_attr: ["str_value_1", "str_value_2"],
    });
    assert.equal(identity.kind, "external");
    assert.equal(identity.authenticationName, "Device1");
    assert.equal(identity.authenticationType, "AccessToken");
    assert.equal(identity.source, "JWT");
    assert.equal(identity.expiresAt, 4_000_000_000_000);
    assert.deepEqual(identity.attributes, {
      num_attr_pos: 1,
      num_attr_neg: -1,
      str_attr: "str_value",
      str_list_attr: ["str_value_1", "str_value_2"],
    });
  });

  it("passes over claims that are no attributes", async () => {
    const { attributes } = await world.identity({
      jti: "1",
      yes: true,
      half: 0.5,
      large: 2 ** 31,
      largest: 2 ** 31 - 1,
      smallest: -(2 ** 31),
      mixed: ["a", 1],
      tree: { a: "b" },
      nothing: null,
      "https://claims/name": "no query can name it",
      nul: "a\0b",
      empty: [],
    });
    assert.deepEqual(attributes, { largest: 2 ** 31 - 1, smallest: -(2 ** 31), empty: [] });
  });

  it("takes a certificate and a public key in PEM, on one line too", async () => {
    const { publicKey } = rsa;
    const certificate = makeAuthority({ keys: rsa });
    const certificatePem = pem(certificate.der);
    const bare = spkiPem(publicKey);
    for (
      const encoded of [
        certificatePem,
        bare,
        certificatePem.replaceAll("\n", ""),
        `${certificatePem}\n${bare}`,
      ]
    ) {
      world.issuer = { issuer: "issuer-name", keys: [{ kid: "key1", encoded }] };
      assert.equal((await world.identity()).authenticationName, "device1", encoded);
    }
  });

  it("takes the host name and custom domains as audience, as addresses too", async () => {
    world.hostnames = ["broker.example.com", "mqtt.contoso.com"];
    const good = [
      "broker.example.com",
      "BROKER.example.com",
      "broker.example.com/",
      "https://broker.example.com/",
      ["x", "mqtt.contoso.com"],
    ];
    for (const aud of good) await world.identity({ aud });
  });

  it("takes a token without kid with whichever key has signed it", async () => {
    const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
    world.issuer = {
      issuer: "issuer-name",
      keys: [{ kid: "key0", encoded: spkiPem(other.publicKey) }, {
        kid: "key1",
        encoded: spkiPem(rsa.publicKey),
      }],
    };
    await world.identity({}, { kid: undefined });
    await world.identity({}, { kid: "key1", typ: "JWS" });
  });

  it("takes ES256 only where it is allowed", async () => {
    world.issuer = { issuer: "issuer-name", keys: [{ kid: "key1", encoded: spkiPem(ec.publicKey) }] };
    const token = await world.token({}, { alg: "ES256" }, ec.privateKey);
    await identityOf(world.identifier, bearing(token, "CUSTOM-JWT"));
    const eventGrid = new CustomTokenIdentifier({
      ...world.options,
      algorithms: ["RS256"] satisfies CustomAlgorithm[],
    });
    const found = await eventGrid.identify(bearing(token, "CUSTOM-JWT"));
    assert.deepEqual(found, { identified: false, reason: 0x87, cause: "the token is not signed with RS256" });
  });

  it("allows for clocks that differ by the tolerance and no more", async () => {
    const now = Math.floor(Date.now() / 1000);
    const tolerant = new CustomWorld(60);
    await tolerant.identity({ exp: now - 50 });
    await tolerant.identity({ nbf: now + 50, iat: undefined });
    assert.equal(await tolerant.refusal({ exp: now - 70 }), "the token has expired");
    assert.equal(await tolerant.refusal({ nbf: now + 70, iat: undefined }), "the token is not valid yet");
  });

  it("leaves other methods, and everything without an issuer, to others", async () => {
    const token = await world.token();
    assert.equal(world.identifier.identify(bearing(token, "OAUTH2-JWT")), undefined);
    world.issuer = undefined;
    assert.equal(world.identifier.identify(bearing(token, "CUSTOM-JWT")), undefined);
  });

  it("isOfIssuer() goes by the claim iss alone, of a token that can be read", async () => {
    const says = async (token: string | Promise<string>) =>
      world.identifier.isOfIssuer(new TextEncoder().encode(await token));
    assert.ok(await says(world.token({ exp: 1 })));
    assert.ok(!await says(world.token({ iss: "another" })));
    assert.ok(!await says(world.token({ iss: undefined })));
    assert.ok(!await says("no token"));
    world.issuer = undefined;
    assert.ok(!await says(world.token()));
  });

  it("withdrawn() tells when the issuer or the key has gone, and not when another one has come", async () => {
    const { voucher } = await world.identity();
    assert.ok(voucher !== undefined);
    const keys = world.issuer?.keys ?? [];
    const other = {
      kid: "key2",
      encoded: spkiPem(generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey),
    };
    world.issuer = { issuer: "issuer-name", keys: [...keys, other] };
    assert.equal(world.identifier.withdrawn(voucher), undefined);
    world.issuer = { issuer: "issuer-name", keys: [other] };
    assert.match(world.identifier.withdrawn(voucher) ?? "", /not trusted/);
    world.issuer = { issuer: "another", keys };
    assert.match(world.identifier.withdrawn(voucher) ?? "", /not trusted/);
  });
});

describe("readIssuerKey()", () => {
  async function algorithmOf(encoded: string): Promise<string | undefined> {
    return (await readIssuerKey(encoded))?.algorithm;
  }

  it("reads RSA and P-256", async () => {
    assert.equal(await algorithmOf(spkiPem(rsa.publicKey)), "RS256");
    assert.equal(await algorithmOf(spkiPem(ec.publicKey)), "ES256");
  });

  it("reads nothing that cannot check a token", async () => {
    const short = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey;
    const curve = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey;
    const edwards = generateKeyPairSync("ed25519").publicKey;
    for (const key of [short, curve, edwards] satisfies KeyObject[]) {
      assert.equal(await algorithmOf(spkiPem(key)), undefined);
    }
    const privateKey = rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const junk = pem(Buffer.from("junk"));
    for (const text of ["", "key", privateKey, junk, "-----BEGIN PUBLIC KEY-----", "A".repeat(100_000)]) {
      assert.equal(await algorithmOf(text), undefined, text.slice(0, 40));
    }
  });
});
