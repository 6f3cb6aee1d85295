/** Which name a certificate carries, and which it only seems to. */

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "@std/testing/bdd";
import type { ValidationScheme } from "../../src/config/certificate_names.ts";
import {
  commonName,
  dnsName,
  emailName,
  ipName,
  type Made,
  makeAuthority,
  makeClient,
  name,
  OID,
  uriName,
  type Wanted,
} from "./certificates.ts";
import { TestDirectory } from "./directory.ts";

describe("CertificateIdentifier and names", () => {
  let directory: TestDirectory;
  let root: Made;

  beforeEach(() => {
    directory = new TestDirectory();
    root = makeAuthority({ subject: "root" });
    directory.trust(root);
  });

  /** Whether a client of this name and scheme comes in with such a certificate. */
  function matches(authenticationName: string, validationScheme: ValidationScheme, wanted: Wanted): boolean {
    directory.register(authenticationName, { validationScheme });
    const found = directory.present([makeClient(root, wanted).der], authenticationName);
    return found?.identified === true;
  }

  const subject = "SubjectMatchesAuthenticationName";

  it("the subject matches by its common name", () => {
    assert.ok(matches("device1", subject, { subject: "device1" }));
    assert.ok(matches("Device1", subject, { subject: "device1" }));
    assert.ok(!matches("device1", subject, { subject: "device2" }));
    assert.ok(!matches("device1", subject, { subject: "device1 " }));
  });

  it("the subject matches as a whole, in either order and however it is escaped", () => {
    const whole = name([OID.organization, "Contoso, Ltd"], [OID.commonName, "device1"]);
    for (
      const written of [
        "CN=device1,O=Contoso\\, Ltd",
        "O=Contoso\\, Ltd, CN=device1",
        "cn = device1 , 2.5.4.10=Contoso\\2C Ltd",
      ]
    ) assert.ok(matches(written, subject, { subject: whole }), written);
    assert.ok(!matches("CN=device1", subject, { subject: whole }));
    assert.ok(!matches("CN=device1,O=Contoso", subject, { subject: whole }));
  });

  it("commas in a subject inject nothing", () => {
    assert.ok(!matches("CN=device1,O=Contoso", subject, { subject: commonName("device1,O=Contoso") }));
    assert.ok(!matches("CN=device1,O=Contoso", subject, { subject: commonName("CN=device1,O=Contoso") }));
    const two = name([OID.organization, "Evil,CN=device1"], [OID.commonName, "x"]);
    assert.ok(!matches("device1", subject, { subject: two }));
    assert.ok(!matches("CN=device1,O=Evil,CN=x", subject, { subject: two }));
  });

  it("of two common names neither counts", () => {
    const two = name([OID.commonName, "device2"], [OID.commonName, "device1"]);
    assert.ok(!matches("device1", subject, { subject: two }));
    assert.ok(!matches("device2", subject, { subject: two }));
  });

  it("control characters and other scripts' letters make another name", () => {
    assert.ok(!matches("device1", subject, { subject: "device1\0.evil" }));
    assert.ok(!matches("device1\0.evil", subject, { subject: "device1\0.evil" }));
    assert.ok(!matches("k", subject, { subject: "\u212a" }));
    assert.ok(!matches("device1", subject, { subject: "device\uff11" }));
  });

  it("each scheme looks at its own field, at every value of it", () => {
    const names = [
      dnsName("other.example"),
      dnsName("device1.example"),
      uriName("urn:device:1"),
      emailName("device1@example.com"),
      ipName(192, 0, 2, 7),
    ];
    const right: [string, ValidationScheme][] = [
      ["device1.example", "DnsMatchesAuthenticationName"],
      ["DEVICE1.example", "DnsMatchesAuthenticationName"],
      ["urn:device:1", "UriMatchesAuthenticationName"],
      ["device1@example.com", "EmailMatchesAuthenticationName"],
      ["192.0.2.7", "IpMatchesAuthenticationName"],
    ];
    for (const [text, scheme] of right) assert.ok(matches(text, scheme, { names }), `${text} by ${scheme}`);
    const schemes = new Set(right.map(([, scheme]) => scheme)).add(subject);
    for (const [text, its] of right) {
      for (const scheme of schemes) {
        if (scheme !== its) assert.ok(!matches(text, scheme, { names }), `${text} by ${scheme}`);
      }
    }
  });

  it("a wildcard is no name of another", () => {
    assert.ok(!matches("a.example", "DnsMatchesAuthenticationName", { names: [dnsName("*.example")] }));
  });

  it("a value that looks like several is one", () => {
    const injected = [uriName("urn:x, DNS:device1.example"), dnsName('x", DNS:"device1.example')];
    assert.ok(!matches("device1.example", "DnsMatchesAuthenticationName", { names: injected }));
    assert.ok(!matches("device1", "DnsMatchesAuthenticationName", { names: [dnsName("device1\0.evil")] }));
    assert.ok(!matches("device1", "DnsMatchesAuthenticationName", { names: [dnsName("device1\n")] }));
  });

  it("an IPv6 address matches however it is written, and no IPv4 one", () => {
    const address = Array.from(
      { length: 16 },
      (_, index) => index === 0 ? 0x20 : index === 1 ? 1 : index === 15 ? 7 : 0,
    );
    const names = [ipName(...address)];
    for (const written of ["2001::7", "2001:0:0:0:0:0:0:7", "2001:0000::0007"]) {
      assert.ok(matches(written, "IpMatchesAuthenticationName", { names }), written);
    }
    const mapped = [ipName(...Array.from({ length: 10 }, () => 0), 255, 255, 192, 0, 2, 7)];
    assert.ok(!matches("192.0.2.7", "IpMatchesAuthenticationName", { names: mapped }));
    assert.ok(!matches("192.0.2.7", "IpMatchesAuthenticationName", { names: [ipName(192, 0, 2)] }));
  });

  describe("without a user name", () => {
    it("the first source that yields a value decides", () => {
      directory.register("uri:1", { validationScheme: "UriMatchesAuthenticationName" });
      directory.sources = ["ClientCertificateDns", "ClientCertificateUri"];
      const leaf = makeClient(root, { names: [uriName("uri:1")] });
      const found = directory.present([leaf.der]);
      assert.ok(found?.identified);
      assert.deepEqual([found.identity.authenticationName, found.identity.source], [
        "uri:1",
        "ClientCertificateUri",
      ]);
      const both = makeClient(root, { names: [dnsName("unknown.example"), uriName("uri:1")] });
      assert.equal(directory.present([both.der]), undefined);
    });

    it("the subject yields its common name, and itself", () => {
      directory.sources = ["ClientCertificateSubject"];
      directory.register("device1");
      assert.equal(directory.present([makeClient(root).der], "")?.identified, true);
      directory.register("CN=device2,O=Contoso");
      const leaf = makeClient(root, {
        subject: name([OID.organization, "Contoso"], [OID.commonName, "device2"]),
      });
      assert.equal(directory.present([leaf.der])?.identified, true);
    });

    it("an address is found", () => {
      directory.sources = ["ClientCertificateIp"];
      directory.register("2001:db8::1", { validationScheme: "IpMatchesAuthenticationName" });
      const bytes = [0x20, 1, 0xd, 0xb8, ...Array.from({ length: 11 }, () => 0), 1];
      assert.equal(
        directory.present([makeClient(root, { names: [ipName(...bytes)] }).der])?.identified,
        true,
      );
    });

    it("a name found by one field is still held against the client's own scheme", () => {
      directory.sources = ["ClientCertificateDns"];
      directory.register("victim.example", { validationScheme: subject });
      const leaf = makeClient(root, { subject: "attacker", names: [dnsName("victim.example")] });
      assert.equal(directory.present([leaf.der])?.identified, false);
    });

    it("no source, no name", () => {
      directory.register("device1");
      assert.equal(directory.present([makeClient(root).der]), undefined);
    });
  });
});
