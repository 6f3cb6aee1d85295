/** Clients that bring what somebody else vouches for, and whom the namespace is told to believe. */
import { tcpLink } from "../../dialogue/link.ts";
import type { Client, Properties } from "../../dialogue/mod.ts";
import { rsa, spkiPem } from "../../identity/token/custom_world.ts";
import type { GovernedBroker, JoinOptions } from "./governed.ts";

export const CUSTOM = "CUSTOM-JWT";
export const OIDC = "OAUTH2-JWT";

/** The issuer of `CustomWorld`, under `clientAuthentication`. */
export const customJwtAuthentication = {
  tokenIssuer: "issuer-name",
  encodedIssuerCertificates: [{ kid: "key1", encodedCertificate: spkiPem(rsa.publicKey) }],
};

/** Makes the namespace believe those whom `clientAuthentication` names, and nobody else. */
export async function believes(
  broker: GovernedBroker,
  clientAuthentication: Readonly<Record<string, unknown>>,
): Promise<void> {
  await broker.put("namespace", {
    topicSpacesConfiguration: { maximumClientSessionsPerAuthenticationName: 100, clientAuthentication },
  });
}

/** What a CONNECT or AUTH says of a token. */
export function bearing(authenticationMethod: string, authenticationData: string): Properties {
  return { authenticationMethod, authenticationData };
}

/** Somebody opens a connection over the listener without TLS. */
export async function dials(broker: GovernedBroker): Promise<Client> {
  return await broker.dials(tcpLink, broker.address("mqtt"));
}

/** Somebody comes in by a token, and is told the method again (v5 [MQTT-4.12.0-5]). */
export async function joinsBearing(
  broker: GovernedBroker,
  [method, token]: readonly [method: string, token: string],
  { properties, ...options }: JoinOptions = {},
): Promise<Client> {
  return await (await dials(broker)).connects({
    ...options,
    properties: { ...properties, ...bearing(method, token) },
    answers: { authenticationMethod: method },
  });
}
