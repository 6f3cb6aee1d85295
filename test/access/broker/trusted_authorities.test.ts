/** Webhooks and issuers over TLS: whom the broker trusts, and what it shows. */
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { deno, startFlags } from "../../cli/process.ts";
import { tcpLink } from "../../dialogue/link.ts";
import { connect, type ConnectOptions, fresh, withinSeconds } from "../../dialogue/mod.ts";
import { dnsName, type Made, makeAuthority, makeCertificate, pem } from "../../identity/certificates.ts";
import { FakeIssuer } from "../../identity/token/issuer.ts";
import { FakeService } from "../../identity/webhook/service.ts";
import { serverCertificate } from "../../tls/adapter.ts";
import { GovernedBroker } from "./governed.ts";

const made = serverCertificate();
const folder = mkdtempSync(join(tmpdir(), "heliograph-outgoing-"));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function secretOf({ der, privateKey }: Made): { cert: string; key: string } {
  return { cert: pem(der), key: privateKey.export({ format: "pem", type: "pkcs8" }).toString() };
}

describe("a webhook over TLS", () => {
  let service: FakeService;

  beforeAll(async () => {
    service = await FakeService.start(secretOf(made));
    service.says({ decision: "allow", clientAuthenticationName: "device1" });
  });
  afterAll(() => service[Symbol.asyncDispose]());

  /** What a client is told by a broker with this configuration. */
  async function outcome(config: string): Promise<{ reason: number | undefined; log: string }> {
    const flags = ["--config", file(`${fresh("config")}.yaml`, config)];
    await using broker = await GovernedBroker.started({ flags });
    await broker.put("namespace", {
      topicSpacesConfiguration: {
        clientAuthentication: { webhookAuthentication: { endpointUrl: service.url } },
      },
    });
    const client = await broker.dials(tcpLink, broker.address("mqtt"));
    client.sends(connect({ userName: "u" }));
    const { reason } = await client.hears("connack");
    return { reason, log: broker.started.process.log() };
  }

  it("is not asked while nobody vouches for its certificate", async () => {
    const { reason, log } = await outcome("{}");
    assert.equal(reason, 0x88);
    assert.match(log, /the webhook cannot be reached/);
    assert.equal(service.asked.length, 0);
  });

  it("is asked where its CA is configured, and shown the bearer of a file", async () => {
    const authorities = file("ca.pem", pem(made.der));
    const bearer = file("bearer", "s3cret\n");
    const { reason } = await outcome(
      `trustedAuthorities: ${authorities}\nwebhook: { bearerFile: ${bearer} }\n`,
    );
    assert.equal(reason, 0);
    assert.equal(service.asked[0]?.headers.authorization, "Bearer s3cret");
  });

  it("files that cannot be used stop the start, by name", async () => {
    const wrong: [string, RegExp][] = [
      [
        `trustedAuthorities: ${folder}/missing.pem`,
        /Cannot use the file .*missing\.pem for trustedAuthorities/,
      ],
      [
        `trustedAuthorities: ${file("junk.pem", "junk")}`,
        /Cannot use the file .*junk\.pem for trustedAuthorities/,
      ],
      [`webhook: { bearerFile: ${folder}/missing }`, /Cannot use the file .*missing for webhook\.bearerFile/],
      [`webhook: { bearerFile: ${file("two", "a b\nc")} }`, /one line of visible ASCII/],
      ["webhook: { tokenUrl: 'https://login.example.com/' }", /webhook\.clientSecretFile together/],
      [
        "webhook: { tokenUrl: 'http://login.example.com/', clientId: a, clientSecretFile: b }",
        /webhook\.tokenUrl/,
      ],
      ["entra: { issuer: x }", /entra\.jwksUri/],
      ["tokens: { clockToleranceSeconds: 61 }", /tokens\.clockToleranceSeconds/],
    ];
    const serve = [...await startFlags(), "serve", "--mqtt", "127.0.0.1:0", "--http", "127.0.0.1:0"];
    for (const [config, expected] of wrong) {
      const name = fresh("config");
      const flags = ["--config", file(`${name}.yaml`, config), "--data", join(folder, name)];
      await using broker = deno([...serve, ...flags]);
      assert.equal(await withinSeconds(20, broker.code), 78, config);
      assert.match(await broker.stderr, expected);
    }
  });

  it("an authority that is registered for clients is none for servers", async () => {
    const root = makeAuthority({ subject: "somebody else" });
    const authorities = file("other.pem", pem(root.der));
    const { reason } = await outcome(`trustedAuthorities: ${authorities}`);
    assert.equal(reason, 0x88);
  });
});

describe("a webhook and an issuer whose certificates a private CA has issued", () => {
  const root = makeAuthority({ subject: "private root" });
  const other = file("other-root.pem", pem(makeAuthority({ subject: "other root" }).der));
  const own = file("private-root.pem", pem(root.der));
  let service: FakeService;
  let issuer: FakeIssuer;

  beforeAll(async () => {
    const names = [dnsName("localhost")];
    const leaf = makeCertificate({ subject: "localhost", issuer: root, ca: false, names });
    service = await FakeService.start(secretOf(leaf));
    service.says({ decision: "allow", clientAuthenticationName: "device1" });
    issuer = await FakeIssuer.start("RS256", secretOf(leaf));
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
    await issuer[Symbol.asyncDispose]();
  });

  /** What clients of both are told by a broker that trusts what configuration and environment say. */
  async function reasons(config: string, environment: Readonly<Record<string, string>>): Promise<number[]> {
    const flags = ["--config", file(`${fresh("config")}.yaml`, config)];
    await using broker = await GovernedBroker.started({ flags, environment });
    const { issuer: name, jwksUri, audience } = issuer.trusted;
    const entra = { issuer: name, jwksUri, audience };
    const clientAuthentication = { webhookAuthentication: { endpointUrl: service.url }, entra };
    await broker.put("namespace", { topicSpacesConfiguration: { clientAuthentication } });
    const authenticationData = await issuer.token();
    const reasonOf = async (options: ConnectOptions) => {
      const client = await broker.dials(tcpLink, broker.address("mqtt"));
      client.sends(connect({ clientId: fresh("c"), ...options }));
      return (await client.hears("connack")).reason;
    };
    return [
      await reasonOf({ userName: "u" }),
      await reasonOf({ properties: { authenticationMethod: "OAUTH2-JWT", authenticationData } }),
    ];
  }

  it("are not asked while nobody trusts it", async () => {
    assert.deepEqual(await reasons("{}", {}), [0x88, 0x88]);
    assert.deepEqual(await reasons(`trustedAuthorities: ${other}`, { DENO_CERT: other }), [0x88, 0x88]);
    assert.deepEqual([service.asked.length, issuer.requests], [0, 0]);
  });

  it("are asked where it is configured", async () => {
    assert.deepEqual(await reasons(`trustedAuthorities: ${own}`, {}), [0, 0]);
  });

  it("are asked where DENO_CERT names it", async () => {
    assert.deepEqual(await reasons("{}", { DENO_CERT: own }), [0, 0]);
  });

  it("are asked where the system trusts it, and the runtime is told to trust the system", async () => {
    assert.deepEqual(await reasons("{}", { SSL_CERT_FILE: own, DENO_TLS_CA_STORE: "mozilla" }), [0x88, 0x88]);
    assert.deepEqual(await reasons("{}", { SSL_CERT_FILE: own, DENO_TLS_CA_STORE: "system" }), [0, 0]);
  });

  it("are asked where one of both names it, and the other one another CA", async () => {
    assert.deepEqual(await reasons(`trustedAuthorities: ${own}`, { DENO_CERT: other }), [0, 0]);
    assert.deepEqual(await reasons(`trustedAuthorities: ${other}`, { DENO_CERT: own }), [0, 0]);
  });
});
