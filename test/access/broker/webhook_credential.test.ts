/** A webhook on another machine, to which the broker has to show who it is. */
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "@std/testing/bdd";
import { deno, startFlags } from "../../cli/process.ts";
import { fresh, withinSeconds } from "../../dialogue/mod.ts";
import { GovernedBroker } from "./governed.ts";

const ENDPOINT = "https://auth.example.com/hook";
const FIELD = "properties.topicSpacesConfiguration.clientAuthentication.webhookAuthentication.endpointUrl";
const EXPECTED =
  /an address on this machine, or one elsewhere after webhook\.bearerFile or webhook\.tokenUrl/;
const NAMESPACE = {
  topicSpacesConfiguration: { clientAuthentication: { webhookAuthentication: { endpointUrl: ENDPOINT } } },
};
const folder = mkdtempSync(join(tmpdir(), "heliograph-credential-"));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const bearer = file("bearer", "s3cret\n");
const credentials: readonly (readonly [string, string])[] = [
  ["a bearer token", `webhook: { bearerFile: ${bearer} }`],
  [
    "client credentials",
    `webhook: { tokenUrl: 'https://login.example.com/', clientId: a, clientSecretFile: ${bearer} }`,
  ],
];

describe("a webhook that is not on this machine", () => {
  it("is refused without a credential, by the name of its field", async () => {
    await using broker = await GovernedBroker.started();
    const { status, body } = await broker.request("PUT", "/v1/namespace", { properties: NAMESPACE });
    assert.equal(status, 400);
    const [fault] = body.faults;
    assert.equal(fault.parameter, FIELD);
    assert.match(fault.detail, EXPECTED);
    const { body: kept } = await broker.request("GET", "/v1/namespace");
    assert.equal(kept.properties.topicSpacesConfiguration.clientAuthentication, undefined);
  });

  for (const [what, config] of credentials) {
    it(`is taken with ${what}`, async () => {
      const flags = ["--config", file(`${fresh("config")}.yaml`, config)];
      await using broker = await GovernedBroker.started({ flags });
      await broker.put("namespace", NAMESPACE);
      assert.doesNotMatch(broker.started.process.log(), /the webhook is not asked/);
    });
  }

  it("stops the start where a resource file names it", async () => {
    const resources = file("resources.yaml", `type: namespace\nproperties: ${JSON.stringify(NAMESPACE)}\n`);
    const flags = [...await startFlags(), "serve", "--mqtt", "127.0.0.1:0", "--http", "127.0.0.1:0"];
    await using broker = deno([...flags, "--data", join(folder, "data"), "--resources", resources]);
    assert.equal(await withinSeconds(20, broker.code), 78);
    const log = await broker.stderr;
    assert.match(log, /webhookAuthentication\.endpointUrl/);
    assert.match(log, EXPECTED);
  });

  it("is warned of at a start after which it can be asked no more", async () => {
    const [[, config] = ["", ""]] = credentials;
    const flags = ["--config", file("with.yaml", config)];
    await using broker = await GovernedBroker.started({ flags });
    await broker.put("namespace", NAMESPACE);
    await broker.restarts([]);
    assert.match(broker.started.process.log(), /warn +the webhook is not asked.* url=https:\/\/auth/);
  });
});
