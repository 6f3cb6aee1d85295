import type { WebhookAuthentication } from "../access/client_authentication.ts";
import type { ReadonlyDirectory } from "../access/directory.ts";
import { clientAuthenticationOf } from "../access/namespace.ts";
import type { Resource } from "../access/resource.ts";
import type { EntraConfig } from "../config/entra.ts";
import type { CustomIssuer, OidcIssuer, TrustDirectory, WebhookEndpoint } from "../identity/trust.ts";

/** What is trusted whatever the resources say. */
export interface ConfiguredTrust {
  readonly entra: EntraConfig | undefined;
  readonly hostnames: readonly string[];
}

/** Whose word is taken: what the namespace says, and the configuration. */
export class RegisteredTrust implements TrustDirectory {
  readonly #resources: ReadonlyDirectory;
  readonly #configured: ConfiguredTrust;
  /** By the version of the resource, which never changes. */
  readonly #read = new WeakMap<Resource<"namespace">, NamespaceTrust>();

  constructor(resources: ReadonlyDirectory, configured: ConfiguredTrust) {
    this.#resources = resources;
    this.#configured = configured;
  }

  /** One at a time, since role assignments do not say whose principals they are for. */
  oidcIssuers(): readonly OidcIssuer[] {
    const issuer = this.#namespace().entra ?? this.#configured.entra;
    return issuer === undefined ? [] : [issuer];
  }

  customIssuer(): CustomIssuer | undefined {
    return this.#namespace().custom;
  }

  webhook(): WebhookEndpoint | undefined {
    return this.#namespace().webhook;
  }

  hostnames(): readonly string[] {
    return this.#configured.hostnames;
  }

  #namespace(): NamespaceTrust {
    const [namespace] = this.#resources.all("namespace");
    if (namespace === undefined) return {};
    const known = this.#read.get(namespace) ?? trustOf(namespace);
    this.#read.set(namespace, known);
    return known;
  }
}

/** What one version of the namespace says. */
interface NamespaceTrust {
  readonly entra?: OidcIssuer | undefined;
  readonly custom?: CustomIssuer | undefined;
  readonly webhook?: WebhookEndpoint | undefined;
}

function trustOf({ properties }: Resource<"namespace">): NamespaceTrust {
  const { entra, customJwtAuthentication: custom, webhookAuthentication } = clientAuthenticationOf(
    properties,
  );
  return {
    entra,
    custom: custom && {
      issuer: custom.tokenIssuer,
      keys: custom.encodedIssuerCertificates.map(({ kid, encodedCertificate: encoded }) => ({
        kid,
        encoded,
      })),
    },
    webhook: webhookAuthentication && endpointOf(webhookAuthentication),
  };
}

/** event-grid: specification §3.5, the application's id names the endpoint where tokens for it are asked. */
function endpointOf(
  { endpointUrl: url, azureActiveDirectoryApplicationIdOrUri: application }: WebhookAuthentication,
): WebhookEndpoint {
  const scope = application?.endsWith("/.default") ? application : application && `${application}/.default`;
  return { url, scope };
}
