/** The walk-throughs of Azure's documents, with MQTT.js in the place of MQTTX. event-grid: specification §21. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import type { MqttClient } from "mqtt";
import { NOT_AUTHORIZED, QUOTA_EXCEEDED, useGovernedBroker } from "../../access/broker/governed.ts";
import { splitAddress } from "../../dialogue/mod.ts";
import { type Made, makeAuthority, makeClient, pem } from "../../identity/certificates.ts";
import { mqttJsOptions } from "../credentials.ts";
import { MqttJsClients, nextMessage, refusalOf } from "../mqtt_js.ts";
import { AzureNamespace, type AzureResources } from "./namespace.ts";

/** What is not as usual about a client's connection. */
interface Wanted {
  readonly clientId?: string;
  readonly certificate?: Made;
  /** How long its session outlives it. */
  readonly keptSeconds?: number;
}

const BY_SUBJECT = { validationScheme: "SubjectMatchesAuthenticationName" };

describe("the walk-throughs of Azure's documents", () => {
  const broker = useGovernedBroker();
  const namespace = new AzureNamespace(broker);
  const clients = new MqttJsClients();
  const authority = makeAuthority({ subject: "MqttAppSamplesCA Intermediate CA" });

  beforeAll(async () => {
    await namespace.createAll({
      "caCertificates/Intermediate01": { encodedCertificate: pem(authority.der) },
    });
  });
  afterAll(() => clients.end());

  async function joins(userName: string, wanted: Wanted = {}): Promise<MqttClient> {
    const { clientId = userName, certificate = makeClient(authority, { subject: userName }) } = wanted;
    const { port } = splitAddress(broker.address("mqtts"));
    return await clients.joins(`mqtts://localhost:${port}`, {
      protocolVersion: 5,
      clientId,
      ca: await readFile(broker.files.certificate),
      properties: { sessionExpiryInterval: wanted.keptSeconds ?? 0 },
      ...mqttJsOptions({ userName, certificate }),
    });
  }

  it("the quickstart: two clients with thumbprints, and one topic", async () => {
    const [own, others] = [
      makeClient(authority, { subject: "one" }),
      makeClient(authority, { subject: "two" }),
    ];
    const registered = [own, others].map(({ der }, index) => {
      const allowedThumbprints = [createHash("sha256").update(der).digest("hex")];
      const clientCertificateAuthentication = { validationScheme: "ThumbprintMatch", allowedThumbprints };
      const authenticationName = `client${index + 1}-authn-ID`;
      return [`clients/client${index + 1}`, {
        state: "Enabled",
        authenticationName,
        clientCertificateAuthentication,
      }];
    });
    await namespace.createAll({
      ...Object.fromEntries(registered),
      "topicSpaces/ContosoTopicSpace1": { topicTemplates: ["contosotopics/topic1"] },
      "permissionBindings/permissionbinding1": binding("$all", "ContosoTopicSpace1", "Publisher"),
      "permissionBindings/permissionbinding2": binding("$all", "ContosoTopicSpace1", "Subscriber"),
    });
    const [first, second] = [
      await joins("client1-authn-ID", { clientId: "client1-session1", certificate: own }),
      await joins("client2-authn-ID", { clientId: "client2-session1", certificate: others }),
    ];
    await second.subscribeAsync("contosotopics/topic1", { qos: 1 });
    const got = nextMessage(second);
    await first.publishAsync("contosotopics/topic1", "hello", { qos: 1 });
    assert.equal(String((await got).payload), "hello");
    // Each is known by its own certificate alone, of whatever CA it is.
    const swapped = joins("client1-authn-ID", { clientId: "client1-session2", certificate: others });
    assert.equal(await refusalOf(swapped), NOT_AUTHORIZED);
  });

  it("multiple sessions: as many as the namespace allows, connected or not", async () => {
    await namespace.createAll({
      "clients/Mgmt-application": { clientCertificateAuthentication: BY_SUBJECT, attributes: {} },
    });
    await setSessions(3);
    const session = (number: number) =>
      joins("Mgmt-application", { clientId: `Mgmt-Session${number}`, keptSeconds: 600 });
    const [first] = [await session(1), await session(2), await session(3)];
    assert.equal(await refusalOf(session(4)), QUOTA_EXCEEDED);
    await first.endAsync();
    assert.equal(await refusalOf(session(4)), QUOTA_EXCEEDED);
    await session(1);
    // Somebody else's session is nobody's to take.
    await namespace.createAll({ "clients/another": { clientCertificateAuthentication: BY_SUBJECT } });
    assert.equal(await refusalOf(joins("another", { clientId: "Mgmt-Session1" })), NOT_AUTHORIZED);
    await setSessions(1);
  });

  async function setSessions(maximumClientSessionsPerAuthenticationName: number): Promise<void> {
    const topicSpacesConfiguration = { maximumClientSessionsPerAuthenticationName };
    await namespace.patch("", { properties: { topicSpacesConfiguration } });
  }

  it("request and response: devices answer for themselves alone", async () => {
    await namespace.createAll({
      "clients/cloudApp1": ofType("cloudApp"),
      "clients/device1": ofType("device"),
      "clients/device2": ofType("device"),
      "clientGroups/cloudAppGrp": { query: 'attributes.type = "cloudApp"' },
      "clientGroups/devicesGrp": { query: 'attributes.type = "device"' },
      "topicSpaces/requestDesiredProperties": { topicTemplates: ["devices/+/desired"] },
      "topicSpaces/responseReportedProperties": { topicTemplates: ["devices/+/reported"] },
      "topicSpaces/deviceDesiredSub": { topicTemplates: ["devices/${client.authenticationName}/desired"] },
      "topicSpaces/deviceReportedPub": { topicTemplates: ["devices/${client.authenticationName}/reported"] },
      "permissionBindings/clientAppDesiredPub": binding(
        "cloudAppGrp",
        "requestDesiredProperties",
        "Publisher",
      ),
      "permissionBindings/clientAppReportedSub": binding(
        "cloudAppGrp",
        "responseReportedProperties",
        "Subscriber",
      ),
      "permissionBindings/deviceDesiredSub": binding("devicesGrp", "deviceDesiredSub", "Subscriber"),
      "permissionBindings/deviceReportedPub": binding("devicesGrp", "deviceReportedPub", "Publisher"),
    });
    const [cloud, first, second] = [await joins("cloudApp1"), await joins("device1"), await joins("device2")];
    await cloud.subscribeAsync("devices/+/reported", { qos: 1 });
    await second.subscribeAsync("devices/device2/desired", { qos: 1 });
    const correlationData = Buffer.from("device2-tempupdate1");
    const [asked, answered] = [nextMessage(second), nextMessage(cloud)];
    await cloud.publishAsync("devices/device2/desired", '{"temperature":21}', {
      qos: 1,
      properties: { responseTopic: "devices/device2/reported", correlationData },
    });
    const { properties } = await asked;
    const responseTopic = properties?.responseTopic ?? "";
    // Another device may neither listen to the request nor answer in its place.
    assert.equal(await refusalOf(first.subscribeAsync("devices/device2/desired")), NOT_AUTHORIZED);
    assert.equal(await refusalOf(first.publishAsync(responseTopic, "21", { qos: 1 })), NOT_AUTHORIZED);
    await second.publishAsync(responseTopic, "21", {
      qos: 1,
      properties: { correlationData: properties?.correlationData },
    });
    const answer = await answered;
    assert.deepEqual([answer.topic, String(answer.payload)], [responseTopic, "21"]);
    assert.ok(correlationData.equals(answer.properties?.correlationData ?? Buffer.of()));
  });

  it("access control, second example: machines tell, management commands, each in its area", async () => {
    await namespace.createAll({ ...area(1), ...area(2) });
    const machine = await joins("Area1_Machine1");
    const [mgmt, otherMgmt] = [await joins("Area1_Mgmt1"), await joins("Area2_Mgmt1")];
    await machine.subscribeAsync("areas/area1/mgmt/#", { qos: 1 });
    await mgmt.subscribeAsync("areas/area1/machines/#", { qos: 1 });
    await otherMgmt.subscribeAsync("areas/area2/machines/#", { qos: 1 });
    const [told, commanded] = [nextMessage(mgmt), nextMessage(machine)];
    await machine.publishAsync("areas/area1/machines/machine1", "hot", { qos: 1 });
    await mgmt.publishAsync("areas/area1/mgmt/machine1", "cool down", { qos: 1 });
    assert.deepEqual([String((await told).payload), String((await commanded).payload)], ["hot", "cool down"]);
    const forbidden = [
      () => machine.publishAsync("areas/area1/mgmt/machine1", "no", { qos: 1 }),
      () => machine.publishAsync("areas/area2/machines/machine1", "no", { qos: 1 }),
      () => machine.subscribeAsync("areas/area1/machines/#"),
      () => machine.subscribeAsync("areas/#"),
      () => mgmt.publishAsync("areas/area1/machines/machine1", "no", { qos: 1 }),
      () => mgmt.subscribeAsync("areas/area1/mgmt/#"),
      () => otherMgmt.subscribeAsync("areas/area1/machines/machine1"),
      () => otherMgmt.publishAsync("areas/area1/mgmt/machine1", "no", { qos: 1 }),
    ];
    for (const attempt of forbidden) assert.equal(await refusalOf(attempt()), NOT_AUTHORIZED);
  });
});

function binding(clientGroupName: string, topicSpaceName: string, permission: "Publisher" | "Subscriber") {
  return { clientGroupName, topicSpaceName, permission };
}

function ofType(type: string) {
  return { clientCertificateAuthentication: BY_SUBJECT, attributes: { type } };
}

/** What an area of the factory has: its machines and its management, and a space for what each of them says. */
function area(number: 1 | 2): AzureResources {
  const [name, place] = [`Area${number}`, `areas/area${number}`];
  return {
    [`clients/${name}_Machine1`]: ofType(`${name}Machines`),
    [`clients/${name}_Mgmt1`]: ofType(`${name}Mgmt`),
    [`clientGroups/${name}Machines`]: { query: `attributes.type = '${name}Machines'` },
    [`clientGroups/${name}Mgmt`]: { query: `attributes.type IN ['${name}Mgmt']` },
    [`topicSpaces/${name}Telemetry`]: { topicTemplates: [`${place}/machines/#`] },
    [`topicSpaces/${name}Commands`]: { topicTemplates: [`${place}/mgmt/#`] },
    [`permissionBindings/${name}Machines-Pub`]: binding(`${name}Machines`, `${name}Telemetry`, "Publisher"),
    [`permissionBindings/${name}Machines-Sub`]: binding(`${name}Machines`, `${name}Commands`, "Subscriber"),
    [`permissionBindings/${name}Mgmt-Pub`]: binding(`${name}Mgmt`, `${name}Commands`, "Publisher"),
    [`permissionBindings/${name}Mgmt-Sub`]: binding(`${name}Mgmt`, `${name}Telemetry`, "Subscriber"),
  };
}
