/** Each way to prove who one is, with the clients that people use, at a real broker over TLS. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import type { MqttClient } from "mqtt";
import { namespaceIdentityPreset, namespaceScope } from "../../src/access/scope.ts";
import { NOT_AUTHORIZED, useGovernedBroker } from "../access/broker/governed.ts";
import { fresh, splitAddress } from "../dialogue/mod.ts";
import { makeAuthority, makeCertificate, makeClient } from "../identity/certificates.ts";
import { CustomWorld, rsa, spkiPem } from "../identity/token/custom_world.ts";
import { FakeIssuer } from "../identity/token/issuer.ts";
import { answer, FakeService } from "../identity/webhook/service.ts";
import { publishes, runs, subscriber } from "./command.ts";
import { type Credentials, MosquittoFlags, mqttJsOptions } from "./credentials.ts";
import { MqttJsClients, nextMessage, reauthenticates, refusalOf } from "./mqtt_js.ts";

/** One way, with somebody who is let in by it and somebody who is not. */
interface Way {
  readonly name: string;
  /** Makes what has to be there before, and tells what the client shows. */
  readonly allowed: (name: string) => Promise<Credentials>;
  readonly refused: (name: string) => Promise<Credentials>;
  /** What the log says of the latter. */
  readonly reason: string | RegExp;
  /** Absent where the way needs MQTT 5. */
  readonly old?: true;
}

const BY_SUBJECT = { validationScheme: "SubjectMatchesAuthenticationName" };
const OWN_METHOD = "OWN";

describe("clients that people use", () => {
  const broker = useGovernedBroker();
  const clients = new MqttJsClients();
  const tokens = new CustomWorld();
  let issuer: FakeIssuer;
  let service: FakeService;
  let flags: MosquittoFlags;

  beforeAll(async () => {
    [issuer, service, flags] = [
      await FakeIssuer.start(),
      await FakeService.start(),
      await MosquittoFlags.make(),
    ];
    service.behaviour = (response, { body }) => {
      const secret = body.authenticationData ?? body.password;
      answer(
        response,
        secret !== undefined && atob(secret) === "secret"
          ? { decision: "allow", clientAuthenticationName: body.userName }
          : { decision: "deny", errorReason: "wrong secret" },
      );
    };
    await trusts({});
    const templates = ["devices/${client.authenticationName}/#"];
    for (const verb of ["Publisher", "Subscriber"] as const) {
      await broker.binds(`devices-${verb}`, { verb, templates });
    }
  });
  afterAll(async () => {
    await clients.end();
    await issuer[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
    await flags[Symbol.asyncDispose]();
  });

  async function trusts(webhook: { readonly webhookAuthentication?: object }): Promise<void> {
    await broker.put("namespace", {
      topicSpacesConfiguration: {
        maximumClientSessionsPerAuthenticationName: 100,
        clientAuthentication: {
          entra: { issuer: issuer.url, jwksUri: `${issuer.url}/keys` },
          customJwtAuthentication: {
            tokenIssuer: "issuer-name",
            encodedIssuerCertificates: [{ kid: "key1", encodedCertificate: spkiPem(rsa.publicKey) }],
          },
          ...webhook,
        },
      },
    });
  }

  const ways: readonly Way[] = [
    {
      name: "a certificate of a registered CA",
      old: true,
      allowed: async (name) => {
        await broker.register(name, { clientCertificateAuthentication: BY_SUBJECT });
        return { userName: name, certificate: makeClient(broker.root, { subject: name }) };
      },
      refused: async (name) => {
        await broker.register(name, { clientCertificateAuthentication: BY_SUBJECT });
        const stranger = makeAuthority({ subject: "another CA" });
        return { userName: name, certificate: makeClient(stranger, { subject: name }) };
      },
      reason: "no registered CA has issued the client certificate",
    },
    {
      name: "a certificate by its thumbprint",
      old: true,
      allowed: async (name) => {
        const certificate = makeCertificate({ subject: "self-signed", ca: false });
        await registerByThumbprint(name, certificate.der);
        return { userName: name, certificate };
      },
      refused: async (name) => {
        await registerByThumbprint(name, makeCertificate().der);
        return { userName: name, certificate: makeCertificate({ subject: "self-signed", ca: false }) };
      },
      reason: /reason=".*thumbprint/i,
    },
    {
      name: "a user name and a password",
      old: true,
      allowed: async (name) => {
        await broker.put(`users/${name}`, { password: "a password" });
        return { userName: name, password: "a password" };
      },
      refused: async (name) => {
        await broker.put(`users/${name}`, { password: "a password" });
        return { userName: name, password: "another" };
      },
      reason: /reason=".*password/,
    },
    {
      name: "a token of an OIDC issuer",
      allowed: async (name) => {
        await assignRoles(name);
        return { method: "OAUTH2-JWT", data: await issuer.token({ oid: name }) };
      },
      refused: async (name) => {
        return { method: "OAUTH2-JWT", data: await issuer.token({ oid: name, aud: "api://another" }) };
      },
      reason: "the token is for another audience",
    },
    {
      name: "a token of an issuer of one's own",
      allowed: async (name) => ({ method: "CUSTOM-JWT", data: await tokens.token({ sub: name }) }),
      refused: async (name) => ({ method: "CUSTOM-JWT", data: await tokens.token({ sub: name, exp: 1 }) }),
      reason: "expired",
    },
  ];

  /** A webhook is asked about everybody whom nothing else lets in, so that its word would stand in the log. */
  const waysOfWebhook: readonly Way[] = [
    {
      name: "a user name that the webhook knows",
      old: true,
      allowed: (name) => Promise.resolve({ userName: name, password: "secret" }),
      refused: (name) => Promise.resolve({ userName: name, password: "wrong" }),
      reason: "the webhook denies: wrong secret",
    },
    {
      name: "a method that the webhook knows",
      allowed: (name) => Promise.resolve({ userName: name, method: OWN_METHOD, data: "secret" }),
      refused: (name) => Promise.resolve({ userName: name, method: OWN_METHOD, data: "wrong" }),
      reason: "the webhook denies: wrong secret",
    },
  ];

  async function registerByThumbprint(name: string, der: Uint8Array): Promise<void> {
    const allowedThumbprints = [createHash("sha256").update(der).digest("hex")];
    const clientCertificateAuthentication = { validationScheme: "ThumbprintMatch", allowedThumbprints };
    await broker.register(name, { clientCertificateAuthentication });
  }

  async function assignRoles(principalId: string): Promise<void> {
    const scope = namespaceScope(namespaceIdentityPreset);
    for (const verb of ["Publisher", "Subscriber"]) {
      const role = `EventGrid TopicSpaces ${verb}`;
      await broker.put(`roleAssignments/${principalId}-${verb}`, { principalId, role, scope });
    }
  }

  /** Flags that lead to the broker, whose certificate is checked, as somebody. */
  async function mosquittoAs(credentials: Credentials, version: string): Promise<string[]> {
    const { port } = splitAddress(broker.address("mqtts"));
    const trust = ["--cafile", broker.files.certificate];
    return ["-h", "localhost", "-p", `${port}`, ...trust, "-V", version, ...await flags.of(credentials)];
  }

  for (const way of ways) showsWith(way);

  describe("while there is a webhook", () => {
    beforeAll(() => trusts({ webhookAuthentication: { endpointUrl: service.url } }));
    for (const way of waysOfWebhook) showsWith(way);
  });

  /** The tests of one way, with each kind of client. */
  function showsWith(way: Way): void {
    for (const version of way.old ? ["mqttv311", "mqttv5"] : ["mqttv5"]) {
      it(`${way.name}: mosquitto's, ${version}`, async () => {
        const name = fresh("device");
        const as = await mosquittoAs(await way.allowed(name), version);
        const topic = `devices/${name}/a`;
        const sub = await subscriber("%t %p", ...as, "-q", "1", "-C", "1", "-t", topic);
        await publishes(...as, "-q", "1", "-t", topic, "-m", "mine");
        assert.deepEqual(await sub.messages(), [`${topic} mine`]);
        const clientId = fresh("refused");
        const no = await mosquittoAs(await way.refused(fresh("device")), version);
        const refused = await runs("mosquitto_pub", [...no, "-i", clientId, "-t", topic, "-m", "not mine"]);
        assert.equal(refused.code, version === "mqttv5" ? NOT_AUTHORIZED : 5, refused.stderr);
        assert.match(refused.stderr, /not authori[sz]ed/i);
        await broker.logsRefusal(clientId, way.reason);
      });
    }

    for (const carrier of ["mqtts", "wss"] as const) {
      it(`${way.name}: MQTT.js over ${carrier}`, async () => {
        const name = fresh("device");
        const client = await joins(carrier, await way.allowed(name));
        const topic = `devices/${name}/a`;
        const got = nextMessage(client);
        await client.subscribeAsync(topic, { qos: 1 });
        await client.publishAsync(topic, "mine", { qos: 1 });
        assert.equal(String((await got).payload), "mine");
        const clientId = fresh("refused");
        const no = joins(carrier, await way.refused(fresh("device")), clientId);
        assert.equal(await refusalOf(no), NOT_AUTHORIZED);
        await broker.logsRefusal(clientId, way.reason);
      });
    }
  }

  async function joins(
    carrier: "mqtts" | "wss",
    credentials: Credentials,
    clientId = fresh("session"),
  ): Promise<MqttClient> {
    const { port } = splitAddress(broker.address(carrier === "wss" ? "https" : "mqtts"));
    const path = carrier === "wss" ? "/mqtt" : "";
    return await clients.joins(`${carrier}://localhost:${port}${path}`, {
      protocolVersion: 5,
      clientId,
      ca: await readFile(broker.files.certificate),
      ...mqttJsOptions(credentials),
    });
  }

  describe("MQTT.js renews its identity by AUTH", () => {
    for (const way of ways.filter(({ name }) => name.startsWith("a token"))) {
      it(`with ${way.name}, and is disconnected for a bad one`, async () => {
        const name = fresh("device");
        const client = await joins("mqtts", await way.allowed(name));
        assert.equal(await renews(client, await way.allowed(name)), 0);
        await client.publishAsync(`devices/${name}/a`, "still mine", { qos: 1 });
        assert.equal(await renews(client, await way.refused(name)), NOT_AUTHORIZED);
      });
    }

    async function renews(client: MqttClient, { method = "", data = "" }: Credentials) {
      return await reauthenticates(client, {
        authenticationMethod: method,
        authenticationData: Buffer.from(data),
      });
    }
  });
});
