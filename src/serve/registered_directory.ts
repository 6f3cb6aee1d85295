import { decodePem } from "../access/pem.ts";
import { nameSourcesOf } from "../access/namespace.ts";
import type { ReadonlyDirectory } from "../access/directory.ts";
import type { Resource } from "../access/resource.ts";
import type { NameSource } from "../config/certificate_names.ts";
import type {
  Authority,
  ClientDirectory,
  RegisteredClient,
  RegisteredUser,
  UserDirectory,
} from "../identity/directory.ts";

/** The resources of the namespace, as identity asks for them. */
export class RegisteredDirectory implements ClientDirectory, UserDirectory {
  readonly #resources: ReadonlyDirectory;
  /** By the version of the resource, which never changes. */
  readonly #authorities = new WeakMap<Resource<"caCertificates">, Authority>();

  constructor(resources: ReadonlyDirectory) {
    this.#resources = resources;
  }

  findByAuthenticationName(name: string): RegisteredClient | undefined {
    const client = this.#resources.clientByAuthenticationName(name);
    if (client === undefined) return undefined;
    const { authenticationName, state, clientCertificateAuthentication } = client.properties;
    const { validationScheme, allowedThumbprints = [] } = clientCertificateAuthentication;
    return { authenticationName, enabled: state === "Enabled", validationScheme, allowedThumbprints };
  }

  authorities(): readonly Authority[] {
    return [...this.#resources.all("caCertificates")].map((resource) => this.#authorityOf(resource));
  }

  alternativeNameSources(): readonly NameSource[] {
    const [namespace] = this.#resources.all("namespace");
    return namespace === undefined ? [] : nameSourcesOf(namespace.properties);
  }

  hasUsers(): boolean {
    return this.#resources.count("users") > 0;
  }

  findUser(name: string): RegisteredUser | undefined {
    const user = this.#resources.get("users", name);
    if (user === undefined) return undefined;
    const { passwordHash, state } = user.properties;
    return { name: user.name, enabled: state === "Enabled", passwordHash };
  }

  #authorityOf(resource: Resource<"caCertificates">): Authority {
    const known = this.#authorities.get(resource) ?? authorityOf(resource);
    this.#authorities.set(resource, known);
    return known;
  }
}

/** What was registered is PEM that can be read. */
function authorityOf({ name, properties }: Resource<"caCertificates">): Authority {
  const { encodedCertificate, encodedCertificateRevocationList: list } = properties;
  const certificate = decodePem(encodedCertificate, "CERTIFICATE") ?? new Uint8Array();
  if (list === undefined) return { name, certificate };
  return { name, certificate, revocationList: decodePem(list, "X509 CRL") ?? new Uint8Array() };
}
