/** A registry whose experts and store are simple enough to be believed. */
import assert from "node:assert/strict";
import type {
  CertificateFacts,
  CertificateFault,
  CertificateInspector,
} from "../../src/access/ca_certificate.ts";
import type { EndpointInspector, IssuerKeyInspector } from "../../src/access/client_authentication.ts";
import type { ResourceChange } from "../../src/access/directory.ts";
import { type AccessLimits, accessLimits } from "../../src/access/limits.ts";
import { Refusal, type RefusalCode } from "../../src/access/refusal.ts";
import { isRefused, Registry, type RegistryOptions } from "../../src/access/registry.ts";
import type { ResourceType } from "../../src/access/resource.ts";
import type { ResourceStore, StoredChange, StoredResource } from "../../src/access/resource_store.ts";
import type { PasswordHasher } from "../../src/access/user.ts";

/** Keeps resources for as long as it is referred to, and fails when told to. */
export class MemoryStore implements ResourceStore {
  readonly kept = new Map<string, StoredResource>();
  readonly writes: (readonly StoredChange[])[] = [];
  failing = false;

  load(): Promise<Iterable<StoredResource>> {
    return Promise.resolve([...this.kept.values()]);
  }

  async write(changes: readonly StoredChange[]): Promise<void> {
    await Promise.resolve();
    if (this.failing) throw new Error("disk full");
    this.writes.push(changes);
    for (const change of changes) {
      const key = `${change.type}/${change.name}`;
      if (change.json === undefined) this.kept.delete(key);
      else this.kept.set(key, change);
    }
  }
}

/** Turns a password around: a hash that no test mistakes for the password. */
export const turningHasher: PasswordHasher = {
  hash: (password) => Promise.resolve(`turned:${turned(password)}`),
  verify: (password, hash) => Promise.resolve(hash === `turned:${turned(password)}`),
};

function turned(text: string): string {
  return [...text].toReversed().join("");
}

/** Takes every certificate but the bytes `bad`. */
export const inspector: CertificateInspector = {
  inspect({ certificate, revocationList }): Promise<CertificateFacts | CertificateFault> {
    const text = new TextDecoder().decode(certificate);
    const list = revocationList && new TextDecoder().decode(revocationList);
    if (text === "bad") {
      return Promise.resolve({ key: "encodedCertificate", expected: "a certificate that may sign others" });
    }
    if (list === "bad") {
      return Promise.resolve({
        key: "encodedCertificateRevocationList",
        expected: "a list that it has signed",
      });
    }
    return Promise.resolve({
      issueTimeInUtc: "2026-01-01T00:00:00Z",
      expiryTimeInUtc: "2036-01-01T00:00:00Z",
    });
  },
};

/** Takes every key of an issuer but `bad`. */
export const issuerKeys: IssuerKeyInspector = {
  inspectIssuerKey: (encoded) =>
    Promise.resolve(encoded === "bad" ? "a key that can check tokens" : undefined),
};

/** Takes every endpoint but one. */
export const endpoints: EndpointInspector = {
  inspectEndpoint: (url) => url === "https://bad.example.com/" ? "an address on this machine" : undefined,
};

export interface World {
  readonly registry: Registry;
  readonly store: MemoryStore;
  /** Every batch of changes that was told. */
  readonly told: (readonly ResourceChange[])[];
}

export interface WorldOptions {
  readonly store?: MemoryStore;
  readonly limits?: Partial<AccessLimits>;
}

/** An empty namespace, or that of a store. Tags are `v1`, `v2` and so on. */
export async function world({ store = new MemoryStore(), limits = {} }: WorldOptions = {}): Promise<World> {
  let versions = store.writes.length * 1000;
  const options: RegistryOptions = {
    store,
    limits: { ...accessLimits.standard, ...limits },
    passwords: turningHasher,
    certificates: inspector,
    issuerKeys,
    endpoints,
    newEtag: () => `v${++versions}`,
  };
  const registry = await Registry.open(options);
  const told: (readonly ResourceChange[])[] = [];
  registry.listen((changes) => void told.push(changes));
  return { registry, store, told };
}

/** Makes or changes a resource; nothing may be wrong with it. */
export async function put(
  { registry }: World,
  type: ResourceType,
  name: string,
  properties: unknown,
): Promise<ResourceChange> {
  const done = await registry.put(type, name, { properties });
  assert.ok(!(done instanceof Refusal), String(done));
  return done;
}

/** Deletes a resource that is there and not in use. */
export async function remove({ registry }: World, type: ResourceType, name: string): Promise<ResourceChange> {
  const done = await registry.remove(type, name);
  assert.ok(!(done instanceof Refusal), String(done));
  return done;
}

/** The refusal of a change. */
export async function refused(
  answer: Promise<ResourceChange | Refusal>,
  code: RefusalCode,
): Promise<Refusal> {
  const refusal = await answer;
  assert.ok(refusal instanceof Refusal, `${code} was expected`);
  assert.equal(refusal.code, code, refusal.detail);
  return refusal;
}

/** The faults of a body that is refused, as `code path`. */
export async function faultsOfBody(
  { registry }: World,
  type: ResourceType,
  properties: unknown,
  name: string = type === "clients" ? "client1" : "name1",
): Promise<string[]> {
  const refusal = await refused(registry.put(type, name, { properties }), "resource-invalid");
  return refusal.faults.map(({ code, path }) => `${code} ${path}`);
}

/** Several changes at once; nothing may be wrong with them. */
export async function change(
  { registry }: World,
  ...requests: Parameters<Registry["change"]>[0]
): Promise<readonly ResourceChange[]> {
  const done = await registry.change(requests);
  assert.ok(!isRefused(done), String(done));
  return done;
}

export const caClient = {
  clientCertificateAuthentication: { validationScheme: "SubjectMatchesAuthenticationName" },
};

/** A PEM block around bytes that {@linkcode inspector} looks at. */
export function pem(content = "good", label = "CERTIFICATE"): string {
  return `-----BEGIN ${label}-----\n${btoa(content)}\n-----END ${label}-----\n`;
}
