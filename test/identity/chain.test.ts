/** Chains to a registered CA: what holds, and each way in which one that does not could be made to look as if it did. */

import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { beforeEach, describe, it } from "@std/testing/bdd";
import {
  dnsName,
  ecKeys,
  emailName,
  extension,
  ipName,
  KEY_USAGE,
  type Made,
  makeAuthority,
  makeCertificate,
  makeClient,
  nameConstraints,
  OID,
  type SignatureKind,
  uriName,
} from "./certificates.ts";
import { TestDirectory } from "./directory.ts";
import { tlv } from "./der_writer.ts";

const DAY = 86_400_000;

describe("CertificateIdentifier with a CA", () => {
  let directory: TestDirectory;
  let root: Made;

  beforeEach(() => {
    directory = new TestDirectory();
    root = makeAuthority({ subject: "root" });
    directory.trust(root);
    directory.register("device1");
  });

  function accepts(...chain: Made[]): void {
    const found = directory.present(chain.map(({ der }) => der), "device1");
    assert.deepEqual(found?.identified === false ? found.cause : found?.identified, true);
  }

  function refuses(cause: RegExp, ...chain: { der: Uint8Array }[]): void {
    const found = directory.present(chain.map(({ der }) => der), "device1");
    assert.equal(found?.identified, false);
    assert.equal(found.reason, 0x87);
    assert.match(found.cause, cause);
  }

  it("accepts a leaf of a registered CA, and says who it is and until when", () => {
    const notAfter = new Date(Math.ceil(Date.now() / 1000) * 1000 + 1000);
    const leaf = makeClient(root, { notAfter });
    assert.deepEqual(directory.present([leaf.der], "DEVICE1"), {
      identified: true,
      identity: {
        kind: "client",
        authenticationName: "device1",
        authenticationType: "CACertificate",
        source: "UserName",
        authorities: ["ca-0"],
        expiresAt: notAfter.getTime(),
      },
    });
  });

  it("says the first expiry of the whole chain", () => {
    const notAfter = new Date(Math.ceil(Date.now() / 1000) * 1000 + 5000);
    const short = makeAuthority({ subject: "short", issuer: root, notAfter });
    const found = directory.present([makeClient(short).der, short.der], "device1");
    assert.ok(found?.identified);
    assert.equal(found.identity.expiresAt, notAfter.getTime());
  });

  it("says every registered CA that it passes", () => {
    const intermediate = makeAuthority({ subject: "int", issuer: root });
    const last = makeAuthority({ subject: "last", issuer: intermediate });
    directory.trust(root, makeAuthority({ subject: "other" }), intermediate);
    const found = directory.present([makeClient(last).der, last.der, intermediate.der], "device1");
    assert.ok(found?.identified);
    assert.deepEqual(found.identity.authorities, ["ca-2"]);
    directory.trust(root, makeAuthority({ subject: "int", keys: intermediate, issuer: root, pathLength: 0 }));
    const again = directory.present([makeClient(last).der, last.der, intermediate.der], "device1");
    assert.ok(again?.identified);
    assert.deepEqual(again.identity.authorities, ["ca-0", "ca-1"]);
  });

  it("needs no root: a registered intermediate is enough", () => {
    const intermediate = makeAuthority({ subject: "int", issuer: root });
    directory.trust(intermediate);
    accepts(makeClient(intermediate));
  });

  it("passes through presented intermediates, in whatever order they come", () => {
    const first = makeAuthority({ subject: "int1", issuer: root });
    const second = makeAuthority({ subject: "int2", issuer: first });
    const leaf = makeClient(second);
    accepts(leaf, second, first);
    accepts(leaf, first, second);
    refuses(/no registered CA/, leaf, second);
  });

  it("ignores presented certificates that it cannot read or use", () => {
    const other = makeCertificate({ version: 1 });
    accepts(makeClient(root), other);
    const found = directory.present([makeClient(root).der, Buffer.from("nonsense")], "device1");
    assert.equal(found?.identified, true);
  });

  it("accepts no extended key usage, and clientAuth among others", () => {
    accepts(makeClient(root));
    accepts(makeClient(root, { extendedKeyUsage: [OID.serverAuth, OID.clientAuth] }));
  });

  it("refuses a certificate for serverAuth only", () => {
    refuses(/not for client authentication/, makeClient(root, { extendedKeyUsage: [OID.serverAuth] }));
  });

  it("refuses a chain through a CA for serverAuth only", () => {
    const servers = makeAuthority({ subject: "servers", issuer: root, extendedKeyUsage: [OID.serverAuth] });
    refuses(/CA certificate is not for client authentication/, makeClient(servers), servers);
  });

  it("refuses X.509 version 1 and 2", () => {
    refuses(/version 3/, makeClient(root, { version: 1 }));
    refuses(/version 3/, makeClient(root, { version: 2 }));
  });

  it("refuses a CA of version 1, registered or presented", () => {
    const old = makeAuthority({ subject: "old", issuer: root, version: 1 });
    refuses(/no registered CA/, makeClient(old), old);
    directory.trust(old);
    refuses(/no registered CA/, makeClient(old));
  });

  it("refuses before and after the validity of any certificate of the chain", () => {
    const past = { notBefore: new Date(Date.now() - 2 * DAY), notAfter: new Date(Date.now() - DAY) };
    const future = { notBefore: new Date(Date.now() + DAY), notAfter: new Date(Date.now() + 2 * DAY) };
    refuses(/has expired/, makeClient(root, past));
    refuses(/not yet valid/, makeClient(root, future));
    const gone = makeAuthority({ subject: "gone", issuer: root, ...past });
    refuses(/CA certificate has expired/, makeClient(gone), gone);
    directory.trust(makeAuthority({ subject: "root", keys: root, ...past }));
    refuses(/CA certificate has expired/, makeClient(root));
  });

  it("refuses a certificate from the second on in which it has expired", () => {
    const leaf = makeClient(root, { notAfter: new Date(Date.now() + 60_000) });
    accepts(leaf);
    directory.later = 61_000;
    refuses(/has expired/, leaf);
  });

  it("refuses a leaf that is its own CA", () => {
    refuses(/no registered CA/, makeCertificate({ ca: false }));
    refuses(/that of a CA/, makeAuthority({ subject: "device1" }));
    const claimed = makeCertificate({ ca: false });
    refuses(/no registered CA/, claimed, claimed);
  });

  it("refuses a CA's certificate as a client's, the registered one's too", () => {
    refuses(/that of a CA/, root);
    refuses(
      /that of a CA/,
      makeAuthority({ subject: "device1", issuer: root, keyUsage: KEY_USAGE.digitalSignature }),
    );
  });

  it("refuses a leaf whose issuer has the registered name and another key", () => {
    const impostor = makeAuthority({ subject: "root" });
    refuses(/signature is not the one/, makeClient(impostor));
    refuses(/signature is not the one/, makeClient(impostor), impostor);
  });

  it("tries every CA of the name", () => {
    const renewed = makeAuthority({ subject: "root" });
    directory.trust(root, renewed);
    accepts(makeClient(renewed));
    accepts(makeClient(root));
  });

  it("refuses a signature that was changed", () => {
    const leaf = makeClient(root);
    const der = Buffer.from(leaf.der);
    der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
    refuses(/signature is not the one/, { der });
  });

  it("refuses contents that were changed, also after the true certificate was seen", () => {
    const leaf = makeClient(root, { subject: "device2" });
    directory.present([leaf.der], "device2");
    const der = Buffer.from(leaf.der);
    der.write("device1", der.indexOf("device2"));
    refuses(/signature is not the one/, { der });
  });

  it("refuses an intermediate without the CA flag", () => {
    const plain = makeClient(root, { subject: "device0", keyUsage: KEY_USAGE.keyCertSign });
    refuses(/not that of a CA/, makeClient(plain), plain);
    const without = makeCertificate({ subject: "none", issuer: root });
    refuses(/not that of a CA/, makeClient(without), without);
  });

  it("refuses an intermediate whose key may not sign certificates", () => {
    const mute = makeAuthority({ subject: "mute", issuer: root, keyUsage: KEY_USAGE.digitalSignature });
    refuses(/may not sign certificates/, makeClient(mute), mute);
  });

  it("refuses an intermediate past the path length", () => {
    const limited = makeAuthority({ subject: "limited", issuer: root, pathLength: 0 });
    accepts(makeClient(limited), limited);
    const below = makeAuthority({ subject: "below", issuer: limited });
    refuses(/more CAs below/, makeClient(below), below, limited);
    directory.trust(limited);
    refuses(/more CAs below/, makeClient(below), below);
  });

  it("refuses a leaf whose key may not sign", () => {
    refuses(/may not sign/, makeClient(root, { keyUsage: [5, 0x20] }));
  });

  it("refuses unknown critical extensions, and ignores others", () => {
    const unknown = (critical: boolean) => extension("1.2.3.4", Buffer.of(5, 0), critical);
    accepts(makeClient(root, { extensions: [unknown(false)] }));
    refuses(/unknown critical extension: 1\.2\.3\.4/, makeClient(root, { extensions: [unknown(true)] }));
    const strange = makeAuthority({ subject: "strange", issuer: root, extensions: [unknown(true)] });
    refuses(/unknown critical extension/, makeClient(strange), strange);
  });

  it("refuses an extension that is there twice", () => {
    const twice = extension("2.5.29.37", Buffer.from([0x30, 0]));
    refuses(/twice/, makeClient(root, { extendedKeyUsage: [OID.clientAuth], extensions: [twice] }));
  });

  it("refuses more certificates than any chain has", () => {
    const leaf = makeClient(root);
    refuses(/more than 10/, leaf, ...Array.from({ length: 10 }, () => root));
  });

  it("gives up on a thicket of CAs of one name in bounded time", () => {
    const leaf = makeCertificate({ issuer: makeAuthority({ subject: "loop" }), ca: false });
    const thicket = Array.from({ length: 9 }, () => makeAuthority({ subject: "loop" }));
    directory.trust(...Array.from({ length: 10 }, () => makeAuthority({ subject: "loop" })));
    refuses(/signature is not the one/, leaf, ...thicket);
  });

  it("refuses when the client is disabled, and when its CA is removed", () => {
    const leaf = makeClient(root);
    accepts(leaf);
    directory.register("device1", { enabled: false });
    refuses(/disabled/, leaf);
    directory.register("device1");
    directory.trust(makeAuthority({ subject: "other" }));
    refuses(/no registered CA/, leaf);
  });

  it("leaves those alone whom the registry does not know, and who present nothing", () => {
    assert.equal(directory.present([makeClient(root).der], "somebody"), undefined);
    assert.equal(directory.present([], "device1"), undefined);
    assert.equal(directory.present([makeClient(root).der]), undefined);
  });

  describe("signature algorithms", () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const kinds: [
      SignatureKind,
      () => { publicKey: typeof rsa.publicKey; privateKey: typeof rsa.privateKey },
    ][] = [
      ["ecdsa", () => ecKeys()],
      ["ecdsa-384", () => ecKeys("P-384")],
      ["ecdsa-512", () => ecKeys("P-521")],
      ["rsa", () => rsa],
      ["pss", () => rsa],
      ["ed25519", () => generateKeyPairSync("ed25519")],
      ["ed448", () => generateKeyPairSync("ed448")],
    ];
    for (const [signature, keys] of kinds) {
      it(`takes ${signature}`, () => {
        const authority = makeAuthority({ subject: signature, keys: keys(), signature });
        directory.trust(authority);
        accepts(makeClient(authority, { signature }));
        const impostor = makeAuthority({ subject: signature, keys: keys(), signature });
        if (!signature.startsWith("rsa") && signature !== "pss") {
          refuses(/signature is not the one/, makeClient(impostor, { signature }));
        }
      });
    }

    it("refuses SHA-1", () => {
      const authority = makeAuthority({ subject: "old", keys: rsa, signature: "rsa" });
      directory.trust(authority);
      refuses(/algorithm that we do not take/, makeClient(authority, { signature: "rsa-sha1" }));
    });

    it("refuses keys that are too small or of a strange curve", () => {
      const small = makeAuthority({
        subject: "small",
        keys: generateKeyPairSync("rsa", { modulusLength: 1024 }),
        signature: "rsa",
      });
      directory.trust(small);
      refuses(/size or curve/, makeClient(small, { signature: "rsa" }));
      const strange = makeAuthority({ subject: "strange", keys: ecKeys("secp256k1") });
      directory.trust(strange);
      refuses(/size or curve/, makeClient(strange));
    });

    it("refuses an algorithm that is not the key's", () => {
      const authority = makeAuthority({ subject: "mixed" });
      directory.trust(authority);
      refuses(/another kind/, makeClient(authority, { signature: "rsa", signer: rsa.privateKey }));
    });
  });

  describe("name constraints", () => {
    function within(permitted: Buffer[], excluded: Buffer[] = []): Made {
      return makeAuthority({
        subject: "bound",
        issuer: root,
        extensions: [nameConstraints(permitted, excluded)],
      });
    }

    it("hold the names of each kind", () => {
      const bound = within(
        [
          dnsName("example.com"),
          uriName(".example.com"),
          emailName("example.com"),
          ipName(10, 0, 0, 0, 255, 0, 0, 0),
        ],
        [dnsName("secret.example.com")],
      );
      const inside = [
        dnsName("a.EXAMPLE.com"),
        uriName("coap://b.example.com:1/x"),
        emailName("a@example.com"),
        ipName(10, 9, 8, 7),
      ];
      accepts(makeClient(bound, { names: inside }), bound);
      const outside = [
        dnsName("example.org"),
        dnsName("badexample.com"),
        dnsName("x.secret.example.com"),
        uriName("coap://example.com/x"),
        emailName("a@b.example.com"),
        ipName(11, 0, 0, 1),
        ipName(...Array.from({ length: 16 }, () => 0)),
      ];
      for (const name of outside) refuses(/must not issue/, makeClient(bound, { names: [name] }), bound);
      refuses(/URI without a host/, makeClient(bound, { names: [uriName("urn:device:1")] }), bound);
    });

    it("hold what a CA below issues", () => {
      const bound = within([dnsName("example.com")]);
      const below = makeAuthority({ subject: "below", issuer: bound });
      refuses(/must not issue/, makeClient(below, { names: [dnsName("example.org")] }), below, bound);
    });

    it("hold the registered CA's too", () => {
      const bound = within([dnsName("example.com")]);
      directory.trust(bound);
      refuses(/must not issue/, makeClient(bound, { names: [dnsName("example.org")] }));
    });

    it("of a kind that we cannot compare refuse such names", () => {
      const bound = within([tlv(0x88, Buffer.of(42))]);
      accepts(makeClient(bound, { names: [dnsName("example.org")] }), bound);
      refuses(/cannot compare/, makeClient(bound, { names: [tlv(0x88, Buffer.of(42))] }), bound);
    });
  });
});
