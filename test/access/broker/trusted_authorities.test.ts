/** A webhook over TLS: whom the broker trusts, and what it shows. */
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { deno, startFlags } from "../../cli/process.ts";
import { tcpLink } from "../../dialogue/link.ts";
import { connect, fresh, withinSeconds } from "../../dialogue/mod.ts";
import { makeAuthority, pem } from "../../identity/certificates.ts";
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

describe("a webhook over TLS", () => {
  let service: FakeService;

  beforeAll(async () => {
    const key = made.privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    service = await FakeService.start({ cert: pem(made.der), key });
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
