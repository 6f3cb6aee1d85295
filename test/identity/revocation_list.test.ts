import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { AuthorityInspector } from "../../src/identity/x509/registration.ts";
import {
  commonName,
  ecKeys,
  extension,
  KEY_USAGE,
  type Made,
  makeAuthority,
  makeClient,
  makeRevocationList,
  OID,
} from "./certificates.ts";
import { integer, sequence } from "./der_writer.ts";
import { TestDirectory } from "./directory.ts";

const DAY = 86_400_000;

describe("revocation lists", () => {
  let directory: TestDirectory;
  let root: Made;
  let leaf: Made;

  beforeEach(() => {
    directory = new TestDirectory();
    root = makeAuthority({ subject: "root" });
    leaf = makeClient(root);
    directory.register("device1");
  });

  function outcome(...chain: Made[]): string | true {
    const found = directory.present(chain.map(({ der }) => der), "device1");
    return found?.identified === false ? found.cause : true;
  }

  it("refuse a revoked certificate and no other, from the moment on that the list is there", () => {
    directory.trust(root);
    assert.equal(outcome(leaf), true);
    directory.trust({ made: root, revocationList: makeRevocationList(root, { revoked: [leaf.serial] }) });
    assert.match(String(outcome(leaf)), /has revoked/);
    assert.equal(outcome(makeClient(root)), true);
  });

  it("may be empty", () => {
    directory.trust({ made: root, revocationList: makeRevocationList(root) });
    assert.equal(outcome(leaf), true);
  });

  it("refuse everybody once they are out of date", () => {
    directory.trust({ made: root, revocationList: makeRevocationList(root) });
    directory.later = 1.5 * DAY;
    const longLived = makeAuthority({
      subject: "root",
      keys: root,
      notAfter: new Date(Date.now() + 9 * DAY),
    });
    directory.trust({ made: longLived, revocationList: makeRevocationList(root) });
    assert.match(
      String(outcome(makeClient(longLived, { notAfter: new Date(Date.now() + 9 * DAY) }))),
      /out of date/,
    );
  });

  it("hold for a presented intermediate", () => {
    const intermediate = makeAuthority({ subject: "int", issuer: root });
    const list = makeRevocationList(root, { revoked: [intermediate.serial] });
    directory.trust({ made: root, revocationList: list });
    assert.match(String(outcome(makeClient(intermediate), intermediate)), /has revoked/);
  });

  it("of a registered intermediate hold also when the chain passes through it to a root", () => {
    const intermediate = makeAuthority({ subject: "int", issuer: root });
    const client = makeClient(intermediate);
    const list = makeRevocationList(intermediate, { revoked: [client.serial] });
    directory.trust(root, { made: intermediate, revocationList: list });
    assert.match(String(outcome(client, intermediate)), /has revoked/);
    const renewed = makeAuthority({ subject: "int", issuer: root, keys: intermediate });
    assert.match(String(outcome(client, renewed)), /has revoked/);
  });

  describe("AuthorityInspector", () => {
    const inspector = new AuthorityInspector();

    async function refused(certificate: Uint8Array, revocationList?: Uint8Array): Promise<string> {
      const found = await inspector.inspect({ certificate, revocationList });
      assert.ok("expected" in found, "it was taken");
      return `${found.key}: ${found.expected}`;
    }

    it("takes a CA, with a list or without, and says when it is valid", async () => {
      const times = {
        notBefore: new Date(Date.UTC(2026, 0, 2, 3, 4, 5)),
        notAfter: new Date(Date.UTC(2036, 0, 1)),
      };
      const authority = makeAuthority(times);
      const facts = { issueTimeInUtc: "2026-01-02T03:04:05Z", expiryTimeInUtc: "2036-01-01T00:00:00Z" };
      assert.deepEqual(await inspector.inspect({ certificate: authority.der }), facts);
      const revocationList = makeRevocationList(authority, {
        extensions: [extension("2.5.29.20", integer(1))],
      });
      assert.deepEqual(await inspector.inspect({ certificate: authority.der, revocationList }), facts);
    });

    it("takes one that has expired", async () => {
      const old = makeAuthority({ notBefore: new Date(1), notAfter: new Date(Date.now() - DAY) });
      assert.ok("expiryTimeInUtc" in await inspector.inspect({ certificate: old.der }));
    });

    it("refuses a list of another CA, of another key, and of one that may not sign any", async () => {
      const key = /^encodedCertificateRevocationList: .*/;
      const lists: [RegExp, Made, Buffer][] = [
        [/of another CA/, root, makeRevocationList(root, { issuer: commonName("other") })],
        [/signature/, root, makeRevocationList(root, { signer: ecKeys().privateKey })],
      ];
      const mute = makeAuthority({ keyUsage: KEY_USAGE.keyCertSign });
      lists.push([/may not sign any/, mute, makeRevocationList(mute)], [
        /malformed|ends too early/,
        root,
        Buffer.of(0x30),
      ]);
      for (const [why, authority, list] of lists) {
        assert.match(await refused(authority.der, list), why);
        assert.match(await refused(authority.der, list), key);
      }
    });

    it("refuses a list that tells only what changed", async () => {
      const delta = extension("2.5.29.27", integer(1), true);
      assert.match(
        await refused(root.der, makeRevocationList(root, { extensions: [delta] })),
        /critical extension/,
      );
    });

    it("refuses what is no CA, or none that could ever vouch for a client", async () => {
      const wrong: [RegExp, Uint8Array][] = [
        [/not that of a CA/, leaf.der],
        [/version 3/, makeAuthority({ version: 1 }).der],
        [/has no/, sequence()],
        [/not for client authentication/, makeAuthority({ extendedKeyUsage: [OID.serverAuth] }).der],
        [/size or curve/, makeAuthority({ keys: ecKeys("secp256k1") }).der],
        [/behind its end/, Buffer.concat([root.der, root.der])],
      ];
      for (const [why, der] of wrong) assert.match(await refused(der), why);
    });
  });
});
