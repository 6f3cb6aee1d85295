/** Two OIDC issuers that both know a principal of the same id, at a real broker. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { namespaceIdentityPreset, namespaceScope } from "../../../src/access/scope.ts";
import { tcpLink } from "../../dialogue/link.ts";
import { type Client, fresh, publish } from "../../dialogue/mod.ts";
import { FakeIssuer, OID } from "../../identity/token/issuer.ts";
import { GovernedBroker, type JoinOptions, NOT_AUTHORIZED } from "./governed.ts";

const METHOD = "OAUTH2-JWT";
const TOPIC = `inbox/${OID}`;
const folder = mkdtempSync(join(tmpdir(), "heliograph-issuers-"));

describe("an OIDC issuer of the configuration, and one of the namespace", () => {
  let configured: FakeIssuer;
  let registered: FakeIssuer;
  let broker: GovernedBroker;

  beforeAll(async () => {
    [configured, registered] = [await FakeIssuer.start(), await FakeIssuer.start()];
    const { issuer, jwksUri } = configured.trusted;
    const config = join(folder, "heliograph.yaml");
    writeFileSync(config, `entra: ${JSON.stringify({ issuer, jwksUri })}\n`);
    broker = await GovernedBroker.started({ flags: ["--config", config] });
    await broker.put("topicSpaces/inbox", { topicTemplates: ["inbox/${client.authenticationName}"] });
    for (const role of ["Publisher", "Subscriber"]) {
      await broker.put(`roleAssignments/${role}`, {
        principalId: OID,
        role: `EventGrid TopicSpaces ${role}`,
        scope: namespaceScope(namespaceIdentityPreset),
      });
    }
  });
  afterAll(async () => {
    await broker.end();
    for (const issuer of [configured, registered]) await issuer[Symbol.asyncDispose]();
  });

  async function names(issuer?: FakeIssuer): Promise<void> {
    const entra = issuer && { issuer: issuer.trusted.issuer, jwksUri: issuer.trusted.jwksUri };
    await broker.put("namespace", {
      topicSpacesConfiguration: {
        maximumClientSessionsPerAuthenticationName: 10,
        clientAuthentication: entra === undefined ? {} : { entra },
      },
    });
  }

  async function bearing(issuer: FakeIssuer): Promise<{ properties: Record<string, string | number> }> {
    const authenticationData = await issuer.token();
    return { properties: { authenticationMethod: METHOD, authenticationData, sessionExpiryInterval: 600 } };
  }

  /** The principal of that id comes in by an issuer's word. */
  async function joins(issuer: FakeIssuer, options: JoinOptions): Promise<Client> {
    const client = await broker.dials(tcpLink, broker.address("mqtt"));
    const answers = { authenticationMethod: METHOD };
    return await client.connects({ ...await bearing(issuer), ...options, answers });
  }

  async function refuses(issuer: FakeIssuer, clientId: string): Promise<void> {
    const client = await broker.dials(tcpLink, broker.address("mqtt"));
    await broker.refuses(client, { clientId, cleanStart: false, ...await bearing(issuer) });
  }

  it("do not count at once, and a principal of one gets no session of the other's", async () => {
    await names();
    const clientId = fresh("session");
    const first = await joins(configured, { clientId });
    await first.subscribes(TOPIC, { qos: 1 });
    await refuses(registered, fresh("stranger"));

    await names(registered);
    await first.isDisconnected(NOT_AUTHORIZED);
    await refuses(configured, clientId);
    await refuses(registered, clientId);
    const second = await joins(registered, { clientId: fresh("session") });
    await second.publishes(TOPIC, { qos: 1, payload: "for whoever has the id" });

    await names();
    await second.isDisconnected(NOT_AUTHORIZED);
    const back = await joins(configured, { clientId, cleanStart: false, sessionPresent: true });
    await back.takes(publish(TOPIC, { qos: 1, payload: "for whoever has the id" }));
  });
});
