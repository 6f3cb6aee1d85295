/** The names that a broker is reached by: whose certificate is shown, and for whom tokens are. */
import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import type { Dialer } from "../../dialogue/client.ts";
import { tlsLink } from "../../dialogue/link.ts";
import { fresh, splitAddress } from "../../dialogue/mod.ts";
import { makeClient } from "../../identity/certificates.ts";
import { CustomWorld } from "../../identity/token/custom_world.ts";
import { serverCertificate, ServerFiles } from "../../tls/adapter.ts";
import { bearing, believes, CUSTOM, customJwtAuthentication, dials, joinsBearing } from "./bearer.ts";
import { credentialsOf, GovernedBroker } from "./governed.ts";

const DOMAIN = "mqtt.example.com";
const HOSTNAME = "broker.example.net";
const WRONG_AUDIENCE = "the token is for another audience";

describe("a broker with a host name and a custom domain", () => {
  const tokens = new CustomWorld();
  let ofDomain: ServerFiles;
  let broker: GovernedBroker;

  beforeAll(async () => {
    ofDomain = await ServerFiles.make(serverCertificate("of the domain", DOMAIN));
    const config = join(ofDomain.folder, "broker.yaml");
    const domains = [{ host: DOMAIN, ...ofDomain.files }];
    await writeFile(config, JSON.stringify({ hostname: HOSTNAME, tls: { domains } }));
    broker = await GovernedBroker.started({ flags: ["--config", config] });
    await believes(broker, { customJwtAuthentication });
    await broker.register("device");
  });
  afterAll(async () => {
    await broker.end();
    await ofDomain[Symbol.asyncDispose]();
  });

  async function takesTokensFor(...audiences: readonly string[]): Promise<void> {
    for (const aud of audiences) {
      const client = await joinsBearing(broker, [CUSTOM, await tokens.token({ aud })]);
      await client.leaves();
    }
  }

  async function refusesTokensFor(...audiences: readonly string[]): Promise<void> {
    for (const aud of audiences) {
      const clientId = fresh("elsewhere");
      const properties = bearing(CUSTOM, await tokens.token({ aud }));
      await broker.refuses(await dials(broker), { clientId, properties });
      await broker.logsRefusal(clientId, WRONG_AUDIENCE);
    }
  }

  /** The certificate that is shown to whoever asks for a host, by the client of this runtime. */
  function shownFor(servername: string): Promise<Buffer> {
    const socket = connectTls({
      ...splitAddress(broker.address("mqtts")),
      servername,
      rejectUnauthorized: false,
    });
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.once("secureConnect", () => {
        resolve(Buffer.from(socket.getPeerCertificate().raw));
        socket.destroy();
      });
    });
  }

  /** A registered client that asks for a host. */
  function asking(servername: string): Dialer {
    const credentials = credentialsOf(makeClient(broker.root, { subject: "device" }));
    return (address, events) => tlsLink(address, events, { ...credentials, servername });
  }

  async function joinsAsking(servername: string): Promise<void> {
    const client = await broker.dials(asking(servername));
    await client.connects({ userName: "device" });
    await client.leaves();
  }

  it("takes custom tokens for either, in the forms that libraries make of a name", async () => {
    await takesTokensFor(DOMAIN, HOSTNAME, DOMAIN.toUpperCase(), `https://${DOMAIN}/`, `${HOSTNAME}/`);
  });

  it("refuses custom tokens for any other host", async () => {
    await refusesTokensFor("localhost", `a.${DOMAIN}`, `${DOMAIN}.evil.example`, "example.com", "127.0.0.1");
  });

  it("shows whoever asks for the domain its certificate, in any case, and others its own", async () => {
    const [own, domains] = [await broker.files.der(), await ofDomain.der()];
    for (const host of [DOMAIN, "MQTT.Example.COM"]) assert.deepEqual(await shownFor(host), domains, host);
    for (const host of [HOSTNAME, "unknown.example.org", `a.${DOMAIN}`]) {
      assert.deepEqual(await shownFor(host), own, host);
    }
  });

  it("serves clients whatever host they ask for: the certificate is theirs to judge", async () => {
    for (const host of [DOMAIN, "MQTT.Example.COM", "unknown.example.org"]) await joinsAsking(host);
  });

  it("knows the domain with the dot that ends a name, which libraries should leave out", async () => {
    assert.deepEqual(await shownByOpenssl(`${DOMAIN}.`), await ofDomain.der());
    assert.deepEqual(await shownByOpenssl("unknown.example.org."), await broker.files.der());
  });

  it("knows the domain as before when its certificate is read again through the API", async () => {
    const staying = await joinsBearing(broker, [CUSTOM, await tokens.token({ aud: DOMAIN })]);
    const before = await ofDomain.der();
    await ofDomain.write(serverCertificate("renewed", DOMAIN));
    const { status, body } = await broker.request("POST", "/v1/certificates/reload");
    assert.equal(status, 200);
    assert.deepEqual(body.value.map(({ fault }: { fault?: string }) => fault), [undefined, undefined]);
    const renewed = await ofDomain.der();
    assert.notDeepEqual(renewed, before);
    assert.deepEqual(await shownFor(DOMAIN), renewed);
    await joinsAsking(DOMAIN);
    await takesTokensFor(DOMAIN, HOSTNAME);
    await refusesTokensFor("localhost", `a.${DOMAIN}`);
    await staying.pings();
  });

  it("keeps the domain's certificate, and its tokens, when the new one is for another host", async () => {
    const before = await ofDomain.der();
    await ofDomain.write(serverCertificate("another", "other.example.org"));
    const { body } = await broker.request("POST", "/v1/certificates/reload");
    const faults = body.value.map(({ fault = "" }: { fault?: string }) => fault);
    assert.match(faults.join(), new RegExp(`is not for ${DOMAIN}`));
    assert.deepEqual(await shownFor(DOMAIN), before);
    await takesTokensFor(DOMAIN);
    await refusesTokensFor("other.example.org");
  });

  /** The same by OpenSSL, which says a name as it is told to. */
  async function shownByOpenssl(host: string): Promise<Buffer> {
    const args = ["s_client", "-connect", broker.address("mqtts"), "-servername", host];
    const child = spawn("openssl", args, { stdio: ["pipe", "pipe", "ignore"] });
    child.stdin.end();
    let text = "";
    for await (const chunk of child.stdout) text += new TextDecoder().decode(chunk);
    const [found] = /-----BEGIN CERTIFICATE-----[^]+-----END CERTIFICATE-----/.exec(text) ?? [];
    assert.ok(found, `OpenSSL was shown no certificate:\n${text}`);
    return Buffer.from(new X509Certificate(found).raw);
  }
});
