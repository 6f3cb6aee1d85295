/**
 * The scenarios of Azure's public samples: what they register, on Azure's own paths, and then the traffic of their
 * clients. event-grid: specification §21.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import type { IClientOptions, MqttClient } from "mqtt";
import { useGovernedBroker } from "../../access/broker/governed.ts";
import { splitAddress } from "../../dialogue/mod.ts";
import { makeAuthority, makeClient, pem } from "../../identity/certificates.ts";
import { FakeIssuer } from "../../identity/token/issuer.ts";
import { publishes, start, subscriber } from "../command.ts";
import { type Credentials, MosquittoFlags, mqttJsOptions } from "../credentials.ts";
import { MqttJsClients, nextMessage, reauthenticates } from "../mqtt_js.ts";
import { assertArmShape, AzureNamespace, NAMESPACE_ID } from "./namespace.ts";
import { NAMESPACE, samples } from "./samples.ts";

/** What the samples' `MQTT_HOST_NAME` leads to. */
const HOST = "localhost";

describe("Azure's samples", () => {
  const broker = useGovernedBroker();
  const namespace = new AzureNamespace(broker);
  const clients = new MqttJsClients();
  const root = makeAuthority({ subject: "MqttAppSamplesCA Root CA" });
  const intermediate = makeAuthority({ subject: "MqttAppSamplesCA Intermediate CA", issuer: root });
  let flags: MosquittoFlags;

  beforeAll(async () => {
    flags = await MosquittoFlags.make();
    assertArmShape(await namespace.put("", NAMESPACE), NAMESPACE_ID);
    // As the setup does: the intermediate alone, its line feeds taken away.
    const encodedCertificate = pem(intermediate.der).replaceAll("\n", "");
    await namespace.createAll({ "caCertificates/Intermediate01": { encodedCertificate } });
  });
  afterAll(async () => {
    await clients.end();
    await flags[Symbol.asyncDispose]();
  });

  /** A client of the samples has its leaf alone, and its name as user name. */
  function as(userName: string): Credentials {
    return { userName, certificate: makeClient(intermediate, { subject: userName }) };
  }

  async function joins(
    name: string,
    options: IClientOptions = {},
    credentials: Credentials = as(name),
  ): Promise<MqttClient> {
    return await clients.joins(urlOf("mqtts"), {
      protocolVersion: 5,
      clientId: name,
      keepalive: 30,
      ca: await readFile(broker.files.certificate),
      ...mqttJsOptions(credentials),
      ...options,
    });
  }

  function urlOf(carrier: "mqtts" | "wss"): string {
    const { port } = splitAddress(broker.address(carrier === "wss" ? "https" : "mqtts"));
    return `${carrier}://${HOST}:${port}${carrier === "wss" ? "/mqtt" : ""}`;
  }

  async function mosquitto(name: string, version: "mqttv311" | "mqttv5"): Promise<string[]> {
    const { port } = splitAddress(broker.address("mqtts"));
    const to = ["-h", HOST, "-p", `${port}`, "--cafile", broker.files.certificate, "-k", "30"];
    return [...to, "-V", version, "-i", name, ...await flags.of(as(name))];
  }

  it("getting_started: one client publishes to itself, in both versions", async () => {
    await namespace.createAll(samples.getting_started);
    // The one for .NET says user name and password always, and does not start clean unless it is told to.
    const dotnet = { password: "", clean: false };
    for (const [options, qos] of [[{ protocolVersion: 4 }, 0], [{}, 1], [dotnet, 1]] as const) {
      const client = await joins("sample_client", options);
      await client.subscribeAsync("sample/+", { qos });
      const got = nextMessage(client);
      await client.publishAsync("sample/topic1", "hello world!", { qos });
      const { topic, payload } = await got;
      assert.deepEqual([topic, String(payload)], ["sample/topic1", "hello world!"]);
      await client.endAsync();
    }
  });

  it("telemetry: a map sees the positions of all vehicles, in version 3.1.1", async () => {
    await namespace.createAll(samples.telemetry);
    const map = await subscriber(
      "%t %p",
      ...await mosquitto("map-app", "mqttv311"),
      ...["-q", "1", "-C", "2", "-t", "vehicles/+/position"],
    );
    const position = JSON.stringify({ type: "Point", coordinates: [125.6, 10.1] });
    for (const [vehicle, qos] of [["vehicle01", "0"], ["vehicle02", "1"]] as const) {
      const flags = await mosquitto(vehicle, "mqttv311");
      await publishes(...flags, "-q", qos, "-t", `vehicles/${vehicle}/position`, "-m", position);
    }
    assert.deepEqual(await map.messages(), [
      `vehicles/vehicle01/position ${position}`,
      `vehicles/vehicle02/position ${position}`,
    ]);
  });

  it("command: a phone unlocks a vehicle, and hears that it is done", async () => {
    await namespace.createAll(samples.command);
    const [vehicle, phone] = [await joins("vehicle03"), await joins("mobile-app")];
    const topic = (word: string) => `vehicles/vehicle03/command/unlock/${word}`;
    await vehicle.subscribeAsync(topic("request"), { qos: 1 });
    await phone.subscribeAsync(topic("response"), { qos: 1 });
    // unlockRequest {when: {seconds: 1}, requestedFrom: "mobile-app"}, and unlockResponse {succeed: true}.
    const request = Buffer.concat([Buffer.of(10, 2, 8, 1, 18, 10), Buffer.from("mobile-app")]);
    const response = Buffer.of(8, 1);
    const correlationData = Buffer.from(randomUUID());
    const [asked, done] = [nextMessage(vehicle), nextMessage(phone)];
    await phone.publishAsync(topic("request"), request, {
      qos: 1,
      properties: {
        contentType: "application/protobuf",
        correlationData,
        responseTopic: topic("response"),
      },
    });
    const { payload, properties: told = {} } = await asked;
    assert.ok(request.equals(payload as Buffer));
    assert.equal(told.contentType, "application/protobuf");
    // The one for .NET answers at QoS 0.
    await vehicle.publishAsync(told.responseTopic ?? "", response, {
      qos: 0,
      properties: {
        contentType: told.contentType,
        correlationData: told.correlationData,
        userProperties: { status: "200" },
      },
    });
    const answer = await done;
    assert.ok(response.equals(answer.payload as Buffer));
    assert.ok(correlationData.equals(answer.properties?.correlationData ?? Buffer.of()));
    assert.deepEqual({ ...answer.properties?.userProperties }, { status: "200" });
  });

  it("alert: vehicles that were away hear of the weather, with the time that it has left", async () => {
    await namespace.createAll(samples.alert);
    const topic = "vehicles/weather/alert";
    const lasting = ["-c", "-x", "3600", "-q", "1", "-t", topic, "-C", "1"];
    const fourth = [...await mosquitto("vehicle04", "mqttv5"), ...lasting];
    const away = await subscriber("%p", ...fourth);
    away.crashes();
    const there = await joins("vehicle05", { clean: false, properties: { sessionExpiryInterval: 3600 } });
    await there.subscribeAsync(topic, { qos: 1 });
    const got = nextMessage(there);
    const alert = JSON.stringify({ type: "Weather", alert: "Heavy rain", time: "2023-06-23T10:34:00Z" });
    await publishes(
      ...await mosquitto("control-tower", "mqttv5"),
      ...["-q", "1", "-t", topic, "-m", alert, "-D", "PUBLISH", "message-expiry-interval", "300"],
    );
    const { payload, retain, properties } = await got;
    assert.deepEqual([String(payload), retain], [alert, false]);
    assert.equal(properties?.messageExpiryInterval, 300);
    const back = start("mosquitto_sub", ...fourth, "-W", "20", "-F", "MSG %E %p");
    const [, seconds, text] = /^(\d+) (.*)$/.exec((await back.messages())[0] ?? "") ?? [];
    assert.equal(text, alert);
    assert.ok(Number(seconds) > 200 && Number(seconds) <= 300, `${seconds} s are left`);
  });

  it("jwt_authentication: a principal with both roles, over TLS and WebSocket, which renews its token", async () => {
    await using issuer = await FakeIssuer.start();
    const clientAuthentication = { entra: { issuer: issuer.url, jwksUri: `${issuer.url}/keys` } };
    await namespace.patch("", { properties: { topicSpacesConfiguration: { clientAuthentication } } });
    await namespace.createAll(samples.jwt_authentication);
    const principalId = randomUUID();
    for (const role of ["EventGrid TopicSpaces Publisher", "EventGrid TopicSpaces Subscriber"]) {
      const name = role.replaceAll(" ", "-");
      await namespace.create(`roleAssignments/${name}`, { principalId, role, scope: NAMESPACE_ID });
    }
    for (const carrier of ["mqtts", "wss"] as const) {
      const data = await issuer.token({ oid: principalId });
      // Its user name is no name of the principal.
      const credentials = { userName: "sample_client", method: "OAUTH2-JWT", data };
      const client = await clients.joins(urlOf(carrier), {
        protocolVersion: 5,
        clientId: "sample_client",
        ca: await readFile(broker.files.certificate),
        ...mqttJsOptions(credentials),
      });
      const authenticationData = Buffer.from(await issuer.token({ oid: principalId }));
      const renewed = { authenticationMethod: "OAUTH2-JWT", authenticationData };
      assert.equal(await reauthenticates(client, renewed), 0);
      await client.subscribeAsync("jwt/+", { qos: 1 });
      const got = nextMessage(client);
      await client.publishAsync("jwt/topic1", "hello world!", { qos: 1 });
      assert.equal(String((await got).payload), "hello world!");
      await client.endAsync();
    }
  });
});
