import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { makeAuthority, makeCertificate, makeClient, OID } from "./certificates.ts";
import { TestDirectory } from "./directory.ts";

describe("CertificateIdentifier with thumbprints", () => {
  let directory: TestDirectory;

  beforeEach(() => {
    directory = new TestDirectory();
  });

  function register(name: string, ...allowedThumbprints: string[]): void {
    directory.register(name, { validationScheme: "ThumbprintMatch", allowedThumbprints });
  }

  function digest(der: Uint8Array, algorithm: "sha256" | "sha1" = "sha256"): string {
    return createHash(algorithm).update(der).digest("hex");
  }

  it("accepts a self-signed certificate by SHA-256 or SHA-1, in any case, with or without colons", () => {
    const { der } = makeCertificate();
    const colons = digest(der).match(/../g)?.join(":").toUpperCase() ?? "";
    for (const thumbprint of [digest(der), digest(der).toUpperCase(), colons, digest(der, "sha1")]) {
      register("device1", "00".repeat(32), thumbprint);
      const found = directory.present([der], "device1");
      assert.ok(found?.identified, thumbprint);
      assert.equal(found.identity.authenticationType, "CertificateThumbprintMatch");
    }
  });

  it("accepts one that calls itself a CA, as tools make them", () => {
    const { der } = makeCertificate({ ca: true });
    register("device1", digest(der));
    assert.equal(directory.present([der], "device1")?.identified, true);
  });

  it("refuses the certificate of another client", () => {
    const [mine, theirs] = [makeCertificate(), makeCertificate()];
    register("device1", digest(mine.der));
    register("device2", digest(theirs.der));
    const found = directory.present([theirs.der], "device1");
    assert.ok(found?.identified === false && /none of the client's thumbprints/.test(found.cause));
  });

  it("refuses a digest of another length, and a part of the right one", () => {
    const { der } = makeCertificate();
    for (const thumbprint of ["", digest(der).slice(0, 40), createHash("md5").update(der).digest("hex")]) {
      register("device1", thumbprint);
      assert.equal(directory.present([der], "device1")?.identified, false, thumbprint);
    }
  });

  it("refuses what is wrong with a certificate whatever its thumbprint", () => {
    const bad: [RegExp, Uint8Array][] = [
      [/version 3/, makeCertificate({ version: 1 }).der],
      [/has expired/, makeCertificate({ notAfter: new Date(Date.now() - 1000) }).der],
      [/not for client authentication/, makeCertificate({ extendedKeyUsage: [OID.serverAuth] }).der],
    ];
    for (const [cause, der] of bad) {
      register("device1", digest(der));
      const found = directory.present([der], "device1");
      assert.ok(found?.identified === false);
      assert.match(found.cause, cause);
    }
  });

  it("a CA's client does not come in by thumbprint, nor the other way round", () => {
    const root = makeAuthority();
    directory.trust(root);
    const leaf = makeClient(root);
    directory.register("device1", { allowedThumbprints: [digest(makeCertificate().der)] });
    assert.equal(directory.present([makeCertificate().der], "device1")?.identified, false);
    register("device2", "00".repeat(32));
    assert.equal(directory.present([leaf.der], "device2")?.identified, false);
  });
});
