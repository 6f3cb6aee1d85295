/** What Azure's tools send and look for beside the samples: versions, whole objects, settings of the namespace. */
import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { useGovernedBroker } from "../../access/broker/governed.ts";
import { fresh } from "../../dialogue/mod.ts";
import { rsa, spkiPem } from "../../identity/token/custom_world.ts";
import { assertArmShape, AzureNamespace, NAMESPACE_ID } from "./namespace.ts";
import { NAMESPACE, samples } from "./samples.ts";

const VERSIONS = [
  "2025-02-15",
  "2023-06-01-preview",
  "2023-12-15-preview",
  "2024-06-01-preview",
  "2024-12-15-preview",
  "2025-04-01-preview",
  "2025-07-15-preview",
];

/** What answers of Azure have and nobody may set, as it comes back when somebody changes an answer and sends it. */
const READ_ONLY = {
  systemData: { createdBy: "somebody", createdByType: "User", createdAt: "2026-11-24T08:00:00Z" },
};

describe("Azure's management API", () => {
  const broker = useGovernedBroker();
  const namespace = new AzureNamespace(broker);

  for (const version of VERSIONS) {
    it(`${version}: resources are made, shown, sent back, listed and removed`, async () => {
      const azure = new AzureNamespace(broker, version);
      await azure.createAll(samples.command);
      for (const place of Object.keys(samples.command)) {
        const shown = await azure.show(place);
        const again = await azure.put(place, { ...shown, ...READ_ONLY });
        assert.deepEqual(again, shown);
        const [type = ""] = place.split("/");
        const { value } = await azure.show(type);
        assert.ok(value.some(({ id }: { id: string }) => id === shown.id));
      }
      for (const place of Object.keys(samples.command).toReversed()) {
        assert.equal((await azure.ask("DELETE", place)).status, 204);
        assert.equal((await azure.ask("GET", place)).body.error.code, "ResourceNotFound");
      }
    });
  }

  it("takes the namespace whole and in part, and shows what holds then", async () => {
    const whole = await namespace.put("", {
      ...NAMESPACE,
      sku: { name: "Standard", capacity: 1 },
      identity: { type: "None" },
    });
    assertArmShape(whole, NAMESPACE_ID);
    assert.equal(whole.properties.topicSpacesConfiguration.hostname, "localhost");
    assert.deepEqual(await namespace.put("", { ...whole, ...READ_ONLY }), whole);
    const patched = await namespace.patch("", {
      tags: { team: "fleet" },
      properties: {
        publicNetworkAccess: "Enabled",
        inboundIpRules: [{ ipMask: "10.0.0.0/8", action: "Allow" }],
        topicSpacesConfiguration: {
          state: "Enabled",
          maximumSessionExpiryInHours: 8,
          maximumClientSessionsPerAuthenticationName: 5,
        },
      },
    });
    const { properties } = patched;
    assert.equal(properties.isZoneRedundant, true);
    assert.deepEqual(properties.inboundIpRules, [{ ipMask: "10.0.0.0/8", action: "Allow" }]);
    assert.deepEqual(
      [
        properties.topicSpacesConfiguration.maximumSessionExpiryInHours,
        properties.topicSpacesConfiguration.maximumClientSessionsPerAuthenticationName,
      ],
      [8, 5],
    );
  });

  it("takes the settings of client authentication as Azure's tools write them", async () => {
    const certificate = { kid: "key1", encodedCertificate: spkiPem(rsa.publicKey) };
    const { properties } = await namespace.patch("", {
      properties: {
        topicSpacesConfiguration: {
          clientAuthentication: {
            alternativeAuthenticationNameSources: ["ClientCertificateSubject", "ClientCertificateDns"],
            customJwtAuthentication: {
              tokenIssuer: "issuer-name",
              issuerCertificates: [],
              encodedIssuerCertificates: [certificate],
            },
            webHookAuthentication: {
              identity: { type: "SystemAssigned" },
              endpointUrl: "https://localhost:7071/api/authenticate",
              azureActiveDirectoryApplicationIdOrUri: "api://hook/.default",
              azureActiveDirectoryTenantId: "11111111-2222-3333-4444-555555555555",
            },
          },
        },
      },
    });
    const { clientAuthentication } = properties.topicSpacesConfiguration;
    assert.deepEqual(Object.keys(clientAuthentication).toSorted(), [
      "alternativeAuthenticationNameSources",
      "customJwtAuthentication",
      "webhookAuthentication",
    ]);
  });

  it("takes the webhook away by the name that the command line has for it", async () => {
    const patched = async (webHookAuthentication: object | null) => {
      const topicSpacesConfiguration = { clientAuthentication: { webHookAuthentication } };
      const { properties } = await namespace.patch("", { properties: { topicSpacesConfiguration } });
      return properties.topicSpacesConfiguration.clientAuthentication.webhookAuthentication;
    };
    await patched(null);
    assert.deepEqual(await patched({ endpointUrl: "http://127.0.0.1:7071/a" }), {
      endpointUrl: "http://127.0.0.1:7071/a",
    });
    const tenant = { azureActiveDirectoryTenantId: "11111111-2222-3333-4444-555555555555" };
    assert.deepEqual(await patched(tenant), { endpointUrl: "http://127.0.0.1:7071/a", ...tenant });
    assert.equal(await patched(null), undefined);
  });

  it("takes the namespace of the quickstart for the command line, with the schema beside the rest", async () => {
    const made = await namespace.put("", {
      location: "westus",
      properties: { inputSchema: "CloudEventSchemaV1_0", topicSpacesConfiguration: { state: "Enabled" } },
    });
    assert.equal(made.properties.topicSpacesConfiguration.state, "Enabled");
  });

  it("takes topic spaces of the preview, and forgets what meant something there", async () => {
    const place = `topicSpaces/${fresh("samples")}`;
    const made = await namespace.create(place, {
      topicTemplates: ["samples/#"],
      subscriptionSupport: "LowFanout",
    });
    assert.equal(made.properties.subscriptionSupport, undefined);
  });

  it("refuses what would have no effect here, and says so in Azure's shape", async () => {
    const custom = [{ fullyQualifiedDomainName: "mqtt.example.com" }];
    for (
      const setting of [
        { customDomains: custom },
        { routeTopicResourceId: `${NAMESPACE_ID}/topics/routed` },
      ]
    ) {
      const body = { properties: { topicSpacesConfiguration: setting } };
      const { status, body: told } = await namespace.ask("PATCH", "", body);
      assert.deepEqual([status, told.error.code], [400, "InvalidRequest"]);
      assert.equal(told.error.details[0].code, "NotSupported");
    }
  });
});
