/**
 * What the scenarios of Azure's public samples register before their clients connect, rebuilt from what they name.
 * event-grid: specification §21, row 97. https://github.com/Azure-Samples/MqttApplicationSamples
 */
import type { AzureProperties, AzureResources } from "./namespace.ts";

/** The namespace, as `az resource create --is-full-object` sends it. */
export const NAMESPACE = {
  location: "eastus2euap",
  tags: { demo: "samples" },
  properties: {
    isZoneRedundant: true,
    topicsConfiguration: { inputSchema: "CloudEventSchemaV1_0" },
    topicSpacesConfiguration: { state: "Enabled" },
  },
};

function clientOf(authenticationName: string, type: string): AzureProperties {
  return {
    authenticationName,
    state: "Enabled",
    clientCertificateAuthentication: { validationScheme: "SubjectMatchesAuthenticationName" },
    attributes: { type },
    description: `the ${type} of a sample`,
  };
}

/** A topic space, and that all clients may publish and subscribe in it. */
function openSpace(space: string, prefix: string, template: string): AzureResources {
  const binding = (permission: string) => ({
    clientGroupName: "$all",
    topicSpaceName: space,
    permission,
  });
  return {
    [`topicSpaces/${space}`]: { topicTemplates: [template] },
    [`permissionBindings/${prefix}Pub`]: binding("Publisher"),
    [`permissionBindings/${prefix}Sub`]: binding("Subscriber"),
  };
}

export const samples = {
  getting_started: {
    "clients/sample_client": clientOf("sample_client", "sample-client"),
    ...openSpace("samples", "samples", "sample/#"),
  },
  telemetry: {
    "clients/vehicle01": clientOf("vehicle01", "vehicle"),
    "clients/vehicle02": clientOf("vehicle02", "vehicle"),
    "clients/map-app": clientOf("map-app", "map-client"),
    ...openSpace("vehicles", "vehicles", "vehicles/#"),
  },
  command: {
    "clients/vehicle03": clientOf("vehicle03", "vehicle"),
    "clients/mobile-app": clientOf("mobile-app", "mobile"),
    ...openSpace("vehiclesCommands", "vehiclesCmd", "vehicles/+/command/#"),
  },
  alert: {
    "clients/vehicle04": clientOf("vehicle04", "vehicle"),
    "clients/vehicle05": clientOf("vehicle05", "vehicle"),
    "clients/control-tower": clientOf("control-tower", "control-tower"),
    ...openSpace("vehicles", "vehicles", "vehicles/#"),
  },
  jwt_authentication: { "topicSpaces/jwt": { topicTemplates: ["jwt/#"] } },
} satisfies Readonly<Record<string, AzureResources>>;
