import { createHash } from "node:crypto";
import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { OperatorCertificates } from "../../src/identity/x509/operator_certificates.ts";
import {
  KEY_USAGE,
  type Made,
  makeAuthority,
  makeCertificate,
  makeClient,
  name,
  OID,
} from "./certificates.ts";

const NOW = Date.now();
const DAY = 86_400_000;

const authority = makeAuthority({ subject: "Operators CA" });
const ops = name([OID.organization, "Contoso"], [OID.commonName, "ops"]);

function byName(now = NOW) {
  const rules = [
    { subject: "CN=ops,O=Contoso", role: "full" },
    { subject: "auditor", role: "read-only" },
  ] as const;
  return new OperatorCertificates(rules, [{ name: "operators", certificate: authority.der }], () => now);
}

function thumbprint({ der }: Made): string {
  return createHash("sha256").update(der).digest("hex");
}

describe("OperatorCertificates", () => {
  it("knows an operator by a subject that a CA of operators vouches for", () => {
    const certificates = byName();
    assert.deepEqual(certificates.operatorOf([makeClient(authority, { subject: ops }).der]), {
      role: "full",
      id: "CN=ops,O=Contoso",
      proof: "certificate",
    });
    assert.equal(
      certificates.operatorOf([makeClient(authority, { subject: "auditor" }).der])?.role,
      "read-only",
    );
  });

  it("goes through intermediates that are presented", () => {
    const between = makeAuthority({ subject: "between", issuer: authority });
    const leaf = makeClient(between, { subject: "auditor" });
    assert.equal(byName().operatorOf([leaf.der, between.der])?.role, "read-only");
    assert.equal(byName().operatorOf([leaf.der]), undefined);
  });

  it("knows one certificate by its thumbprint, whoever issued it, and no other of its key", () => {
    const own = makeCertificate({ subject: "me", ca: false });
    const rules = [{ thumbprint: thumbprint(own).toUpperCase(), role: "full" }] as const;
    const certificates = new OperatorCertificates(rules, []);
    assert.equal(certificates.operatorOf([own.der])?.role, "full");
    assert.equal(
      certificates.operatorOf([makeCertificate({ subject: "me", keys: own, ca: false }).der]),
      undefined,
    );
    assert.equal(certificates.operatorOf([authority.der, own.der]), undefined, "it has to come first");
  });

  const strangers: Readonly<Record<string, () => readonly Uint8Array[]>> = {
    "nobody's certificate": () => [],
    "another subject": () => [makeClient(authority, { subject: "device1" }).der],
    "the subject of an operator from another CA": () => {
      const other = makeAuthority({ subject: "Operators CA" });
      return [makeClient(other, { subject: ops }).der, other.der];
    },
    "a certificate that signed itself": () => [makeCertificate({ subject: ops, ca: false }).der],
    "a certificate that has expired": () => [
      makeClient(authority, { subject: ops, notAfter: new Date(NOW - DAY / 2) }).der,
    ],
    "a certificate for servers alone": () => [
      makeClient(authority, { subject: ops, extendedKeyUsage: [OID.serverAuth] }).der,
    ],
    "a CA that calls itself an operator": () => [
      makeAuthority({ subject: ops, issuer: authority, keyUsage: KEY_USAGE.certAndCrlSign }).der,
    ],
    "a certificate of version 1": () => [makeClient(authority, { subject: ops, version: 1 }).der],
    "a distinguished name that is put into a common name": () => [
      makeClient(authority, { subject: "CN=ops,O=Contoso" }).der,
    ],
    "something that is no certificate": () => [new Uint8Array(10)],
    "more certificates than anybody needs": () => {
      const leaf = makeClient(authority, { subject: ops }).der;
      return Array.from({ length: 11 }, () => leaf);
    },
  };
  for (const [what, chain] of Object.entries(strangers)) {
    it(`knows no operator by ${what}`, () => assert.equal(byName().operatorOf(chain()), undefined));
  }

  it("asks the clock each time", () => {
    const leaf = makeClient(authority, { subject: "auditor" });
    assert.equal(byName(NOW + 2 * DAY).operatorOf([leaf.der]), undefined);
  });
});
