import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { readAuthority } from "../../src/identity/x509/registration.ts";
import {
  commonName,
  ecKeys,
  extension,
  KEY_USAGE,
  type Made,
  makeAuthority,
  makeClient,
  makeRevocationList,
  pem,
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

  describe("readAuthority()", () => {
    function read(list: Buffer, authority = root): unknown {
      return readAuthority({
        name: "ca",
        certificate: pem(authority.der),
        revocationList: pem(list, "X509 CRL"),
      });
    }

    it("takes a certificate and a list on one line each", () => {
      const list = makeRevocationList(root);
      const found = readAuthority({
        name: "ca",
        certificate: pem(root.der).replaceAll("\n", ""),
        revocationList: pem(list, "X509 CRL").replaceAll("\n", ""),
      });
      assert.deepEqual(Buffer.from(found.certificate), root.der);
      assert.deepEqual(Buffer.from(found.revocationList ?? []), list);
      assert.ok(found.notBefore < Date.now() && found.notAfter > Date.now());
    });

    it("refuses a list of another CA, of another key, and of one that may not sign any", () => {
      assert.throws(() => read(makeRevocationList(root, { issuer: commonName("other") })), /of another CA/);
      assert.throws(() => read(makeRevocationList(root, { signer: ecKeys().privateKey })), /signature/);
      const mute = makeAuthority({ keyUsage: KEY_USAGE.keyCertSign });
      assert.throws(() => read(makeRevocationList(mute), mute), /may not sign any/);
    });

    it("refuses a list that tells only what changed, and takes one with a number", () => {
      const delta = extension("2.5.29.27", integer(1), true);
      assert.throws(() => read(makeRevocationList(root, { extensions: [delta] })), /critical extension/);
      read(makeRevocationList(root, { extensions: [extension("2.5.29.20", integer(1))] }));
    });

    it("refuses what is no CA, and more than one", () => {
      const text = (...made: Made[]) => made.map(({ der }) => pem(der)).join("");
      assert.throws(() => readAuthority({ name: "ca", certificate: text(leaf) }), /not that of a CA/);
      assert.throws(() => readAuthority({ name: "ca", certificate: text(root, root) }), /more than one/);
      assert.throws(() => readAuthority({ name: "ca", certificate: "nothing" }), /no PEM block/);
      assert.throws(
        () => readAuthority({ name: "ca", certificate: text(makeAuthority({ version: 1 })) }),
        /version 3/,
      );
      assert.throws(() => readAuthority({ name: "ca", certificate: pem(sequence()) }), /has no/);
    });

    it("takes one that has expired", () => {
      const old = makeAuthority({
        notBefore: new Date(Date.now() - 9 * DAY),
        notAfter: new Date(Date.now() - DAY),
      });
      assert.ok(readAuthority({ name: "ca", certificate: pem(old.der) }).notAfter < Date.now());
    });
  });
});
