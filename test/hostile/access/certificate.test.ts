/** Certificates that look like a client's and are not. */

import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { createHash, type KeyObject } from "node:crypto";
import assert from "node:assert/strict";
import { connect, fresh } from "../../dialogue/mod.ts";
import {
  commonName,
  dnsName,
  ecKeys,
  emailName,
  ipName,
  KEY_USAGE,
  type Made,
  makeAuthority,
  makeCertificate,
  makeClient,
  name as distinguishedName,
  OID,
  pem,
  uriName,
  type Wanted,
} from "../../identity/certificates.ts";
import { validationSchemes } from "../../../src/config/certificate_names.ts";
import { useAccessBroker } from "./access_broker.ts";
import { approaching, forging, HandshakeRefused } from "./dialers.ts";

describe("hostile: certificates", () => {
  const { broker } = useAccessBroker();

  /** A client that somebody else would like to be. */
  async function victim(properties: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const name = fresh("victim");
    await broker.register(name, properties);
    return name;
  }

  function scheme(validationScheme: string, ...allowedThumbprints: readonly string[]) {
    const thumbprints = allowedThumbprints.length === 0 ? {} : { allowedThumbprints };
    return { clientCertificateAuthentication: { validationScheme, ...thumbprints } };
  }

  /** Why a chain is refused that claims to be `userName`. */
  function refusal(userName: string, ...chain: [Made, ...Made[]]): Promise<string> {
    return broker.refusal(approaching({ chain }), { userName });
  }

  async function admits(userName: string, ...chain: [Made, ...Made[]]): Promise<void> {
    await (await broker.admits(approaching({ chain }), { userName })).pings();
  }

  /** Whether somebody comes in who presents a certificate without its key. */
  async function getsIn(der: Uint8Array, key: KeyObject, userName: string): Promise<boolean> {
    try {
      const client = await broker.dials(forging({ chain: [der], key }));
      client.sends(connect({ userName }));
      return (await client.hears("connack")).reason === 0;
    } catch (error) {
      if (error instanceof HandshakeRefused) return false;
      assert.match((error as Error).message, /the broker closed the connection/);
      return false;
    }
  }

  describe("without their key", () => {
    it("of version 1 or 2 do not get in, by a CA or by thumbprint", async () => {
      for (const version of [1, 2] as const) {
        const name = await victim();
        const leaf = makeClient(broker.root, { subject: name, version });
        assert.equal(await getsIn(leaf.der, ecKeys().privateKey, name), false);
        await broker.register(name, scheme("ThumbprintMatch", thumbprintOf(leaf)));
        assert.equal(await getsIn(leaf.der, ecKeys().privateKey, name), false);
        assert.equal(await getsIn(leaf.der, leaf.privateKey, name), false, "nor with it");
      }
    });

    it("of version 3 do not get in, and with it they do", async () => {
      const name = await victim();
      const leaf = makeClient(broker.root, { subject: name });
      assert.equal(await getsIn(leaf.der, ecKeys().privateKey, name), false);
      assert.ok(await getsIn(leaf.der, leaf.privateKey, name));
    });

    it("in an encoding that others may take do not get in", async () => {
      const name = await victim();
      const { der } = makeClient(broker.root, { subject: name });
      const variants = [
        Buffer.concat([der, Buffer.of(0)]),
        Buffer.concat([der, der]),
        Buffer.concat([Buffer.of(0x30, 0x83, 0), der.subarray(2)]),
        Buffer.of(),
        der.subarray(0, -1),
      ];
      for (const variant of variants) {
        assert.equal(await getsIn(variant, ecKeys().privateKey, name), false);
      }
    });
  });

  describe("with a name injected", () => {
    it("through URI values and the like are not the client's", async () => {
      const name = await victim(scheme("DnsMatchesAuthenticationName"));
      await admits(name, makeClient(broker.root, { names: [dnsName(name)] }));
      const tricks = [
        [uriName(`https://evil.example, DNS:${name}`)],
        [uriName(name)],
        [dnsName(`evil.example, DNS:${name}`)],
        [dnsName(`${name}, DNS:evil.example`)],
        [dnsName(`${name}\0.evil.example`)],
        [dnsName(`DNS:${name}`), emailName(`a@evil.example, DNS:${name}`)],
      ];
      for (const names of tricks) {
        const leaf = makeClient(broker.root, { subject: "attacker", names });
        assert.match(await refusal(name, leaf), /does not carry/, names.join());
      }
    });

    it("through a source of names name nobody", async () => {
      const name = await victim(scheme("UriMatchesAuthenticationName"));
      await withNameSources(["ClientCertificateUri", "ClientCertificateDns"], async () => {
        const dialer = approaching({ chain: [makeClient(broker.root, { names: [uriName(name)] })] });
        await (await broker.admits(dialer)).pings();
        for (
          const names of [
            [uriName(`x, URI:${name}`), dnsName(name)],
            [uriName(`${name}\0`), dnsName(name)],
            [dnsName(`x, URI:${name}`)],
          ]
        ) {
          await broker.refusal(approaching({ chain: [makeClient(broker.root, { names })] }));
        }
      });
    });

    it("through commas in the subject are not the client's", async () => {
      const name = fresh("victim");
      await broker.register(name, { authenticationName: `CN=${name},O=Contoso` });
      const authenticationName = `CN=${name},O=Contoso`;
      const subjects = [
        commonName(authenticationName),
        distinguishedName([OID.organization, "Contoso"], [OID.commonName, `${name},O=Contoso`]),
        distinguishedName([OID.commonName, "attacker"], [OID.organization, `Contoso,CN=${name}`]),
        distinguishedName([OID.organization, `Contoso,CN=${name}`]),
        distinguishedName([OID.commonName, name], [OID.organization, "Contoso, Ltd"]),
        distinguishedName([OID.commonName, name], [OID.organization, "Contoso"], [OID.commonName, "x"]),
      ];
      for (const subject of subjects) {
        assert.match(
          await refusal(authenticationName, makeClient(broker.root, { subject })),
          /does not carry/,
        );
      }
      const true_ = distinguishedName([OID.organization, "Contoso"], [OID.commonName, name]);
      await admits(authenticationName, makeClient(broker.root, { subject: true_ }));
    });

    it("through a second common name, or a NUL in it, are not the client's", async () => {
      const name = await victim();
      for (
        const subject of [
          distinguishedName([OID.commonName, name], [OID.commonName, "attacker"]),
          distinguishedName([OID.commonName, "attacker"], [OID.commonName, name]),
          commonName(`${name}\0.evil.example`),
          commonName(`${name} `),
          commonName(`attacker,CN=${name}`),
        ]
      ) {
        assert.match(await refusal(name, makeClient(broker.root, { subject })), /does not carry/);
      }
    });
  });

  describe("of a CA", () => {
    it("that are their own are nobody's", async () => {
      const name = await victim();
      assert.match(await refusal(name, makeAuthority({ subject: name })), /that of a CA/);
      assert.match(await refusal(name, makeCertificate({ subject: name, ca: false })), /no registered CA/);
      assert.match(await refusal(name, makeClient(broker.root, { subject: name, ca: true })), /that of a CA/);
    });

    it("that is registered does not make it a client", async () => {
      const name = await victim();
      const authority = makeAuthority({ subject: name, keyUsage: KEY_USAGE.digitalSignature });
      const refused = await broker.request("PUT", `/v1/caCertificates/${name}`, {
        properties: { encodedCertificate: pem(authority.der) },
      });
      assert.equal(refused.status, 400, "a key that signs no certificates is no CA's");
      const usable = makeAuthority({ subject: name });
      await broker.trust(name, usable);
      assert.match(await refusal(name, usable), /key may not sign|that of a CA/);
    });

    it("without the CA flag, or the right to sign, vouches for nobody", async () => {
      const name = await victim();
      const noCa = makeClient(broker.root, { subject: "no CA" });
      assert.match(await refusal(name, makeClient(noCa, { subject: name }), noCa), /not that of a CA/);
      const noFlag = makeCertificate({ subject: "no flag", issuer: broker.root });
      assert.match(await refusal(name, makeClient(noFlag, { subject: name }), noFlag), /not that of a CA/);
      const noSigner = makeAuthority({
        subject: "no signer",
        issuer: broker.root,
        keyUsage: KEY_USAGE.digitalSignature,
      });
      assert.match(await refusal(name, makeClient(noSigner, { subject: name }), noSigner), /may not sign/);
    });

    it("past a path length vouches for nobody", async () => {
      const name = await victim();
      const short = makeAuthority({ subject: "short", pathLength: 0 });
      await broker.trust("short", short);
      await admits(name, makeClient(short, { subject: name }));
      const below = makeAuthority({ subject: "below", issuer: short });
      assert.match(await refusal(name, makeClient(below, { subject: name }), below), /more CAs below/);
      const [first, second] = intermediates(broker.root, { pathLength: 0 });
      assert.match(await refusal(name, makeClient(second, { subject: name }), second, first), /more CAs/);
      await admits(name, makeClient(first, { subject: name }), first);
    });

    it("behind too many others vouches for nobody", async () => {
      const name = await victim();
      const chain: Made[] = [];
      let issuer = broker.root;
      for (let depth = 0; depth < 9; depth += 1) {
        issuer = makeAuthority({ subject: `deep ${depth}`, issuer });
        chain.unshift(issuer);
      }
      await refusal(name, makeClient(issuer, { subject: name }), ...chain);
    });

    it("that signs itself in a circle costs nothing and vouches for nobody", async () => {
      const name = await victim();
      const keys = ecKeys();
      const one = makeAuthority({ subject: "one", keys });
      const other = makeAuthority({ subject: "other", issuer: one });
      const back = makeAuthority({ subject: "one", issuer: other, keys });
      const leaf = makeClient(one, { subject: name });
      assert.match(await refusal(name, leaf, back, other, one), /no registered CA/);
    });
  });

  it("for server authentication only are no client's, leaf or CA", async () => {
    const name = await victim();
    const leaf = makeClient(broker.root, { subject: name, extendedKeyUsage: [OID.serverAuth] });
    assert.match(await refusal(name, leaf), /not for client authentication/);
    const issuer = makeAuthority({
      subject: "servers only",
      issuer: broker.root,
      extendedKeyUsage: [OID.serverAuth],
    });
    assert.match(await refusal(name, makeClient(issuer, { subject: name }), issuer), /not for client auth/);
    const both = [OID.serverAuth, OID.clientAuth];
    await admits(name, makeClient(broker.root, { subject: name, extendedKeyUsage: both }));
  });

  it("that carry the name elsewhere than the scheme wants it are refused", async () => {
    const address = "192.0.2.77";
    const fields: Readonly<Record<string, Wanted>> = {
      SubjectMatchesAuthenticationName: { subject: address },
      DnsMatchesAuthenticationName: { names: [dnsName(address)] },
      UriMatchesAuthenticationName: { names: [uriName(address)] },
      IpMatchesAuthenticationName: { names: [ipName(192, 0, 2, 77)] },
      EmailMatchesAuthenticationName: { names: [emailName(address)] },
    };
    const leaves = Object.entries(fields).map(([field, wanted]) => {
      return [field, makeClient(broker.root, { subject: "x", ...wanted })] as const;
    });
    const resource = fresh("victim");
    for (const validationScheme of validationSchemes.filter((one) => one !== "ThumbprintMatch")) {
      await broker.register(resource, { ...scheme(validationScheme), authenticationName: address });
      for (const [field, leaf] of leaves) {
        if (field === validationScheme) await admits(address, leaf);
        else assert.match(await refusal(address, leaf), /does not carry/, `${field} for ${validationScheme}`);
      }
    }
  });

  it("whose thumbprint is another client's are refused", async () => {
    const [own, others] = [makeCertificate({ ca: false }), makeCertificate({ ca: false })];
    const name = await victim(scheme("ThumbprintMatch", thumbprintOf(own)));
    const other = await victim(scheme("ThumbprintMatch", thumbprintOf(others, "sha1")));
    await admits(name, own);
    await admits(other, others);
    assert.match(await refusal(name, others), /none of the client's thumbprints/);
    assert.match(await refusal(other, own), /none of the client's thumbprints/);
    const signed = makeClient(broker.root, { subject: name });
    assert.match(await refusal(name, signed), /none of the client's thumbprints/);
    const byAuthority = await victim();
    assert.match(await refusal(byAuthority, own), /no registered CA/);
  });

  it("cannot be registered by a piece of their thumbprint", async () => {
    const thumbprint = thumbprintOf(makeCertificate());
    for (const text of [thumbprint.slice(0, 32), thumbprint.slice(2), `${thumbprint}00`, "", "*"]) {
      const properties = scheme("ThumbprintMatch", text);
      assert.equal((await broker.request("PUT", "/v1/clients/piece", { properties })).status, 400, text);
    }
  });

  /** A CA of `root`, and one of it. */
  function intermediates(root: Made, wanted: Wanted): [Made, Made] {
    const first = makeAuthority({ subject: fresh("int"), issuer: root, ...wanted });
    return [first, makeAuthority({ subject: fresh("int"), issuer: first })];
  }

  async function withNameSources(sources: readonly string[], run: () => Promise<void>): Promise<void> {
    const set = (clientAuthentication: object) =>
      broker.put("namespace", {
        topicSpacesConfiguration: { maximumClientSessionsPerAuthenticationName: 100, clientAuthentication },
      });
    await set({ alternativeAuthenticationNameSources: sources });
    try {
      await run();
    } finally {
      await set({});
    }
  }
});

function thumbprintOf({ der }: Made, digest: "sha256" | "sha1" = "sha256"): string {
  return createHash(digest).update(der).digest("hex");
}
