/** The management API over a real socket, in front of a registry that keeps everything in memory. */

import { parseNameFilter } from "../../src/access/name_filter.ts";
import { FileFaults } from "../../src/access/file_fault.ts";
import { accessLimits } from "../../src/access/limits.ts";
import { applyPlan, planFiles, planText } from "../../src/access/plan.ts";
import { spelledProperties } from "../../src/access/namespace.ts";
import { Registry } from "../../src/access/registry.ts";
import { visibleProperties } from "../../src/access/resource.ts";
import type { ResourceStore, StoredResource } from "../../src/access/resource_store.ts";
import type { OperatorAt } from "../../src/http/operator_proofs.ts";
import { armIdentityPreset } from "../../src/http/admin/arm.ts";
import type { AuditEntry, AuditLog, ResourceFiles, ServerCertificates } from "../../src/http/admin/ports.ts";
import { adminRoutes } from "../../src/http/admin/routes.ts";
import { createApp } from "../../src/http/app.ts";
import type { AnonymousAccess } from "../../src/http/caller.ts";
import { OperatorTokens, type OperatorTokenStore, type StoredToken } from "../../src/http/operator.ts";
import type { HostPublish, SessionDetail, SessionDirectory } from "../../src/http/ports.ts";
import { HTTP_SERVER_LIMITS, type HttpListening, listenHttp } from "../../src/http/server.ts";

export const ARM_NAMESPACE =
  "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/heliograph/providers/Microsoft.EventGrid/namespaces/ns1";

/** What a test may set. */
export interface AdminSettings {
  readonly anonymous?: AnonymousAccess;
  readonly given?: string;
  readonly operatorAt?: OperatorAt;
}

/** Keeps what was done as long as the test, or refuses to. */
export class MemoryAudit implements AuditLog {
  readonly entries: AuditEntry[] = [];
  broken = false;

  record(entry: AuditEntry): Promise<void> {
    if (this.broken) return Promise.reject(new Error("the disk is full"));
    this.entries.push(entry);
    return Promise.resolve();
  }

  list({ top, after = Infinity, accepts = () => true }: Parameters<AuditLog["list"]>[0]) {
    const found = this.entries.map((entry, index) => ({ number: index + 1, ...entry })).toReversed()
      .filter(({ number, target }) => number < after && accepts(target));
    const items = found.slice(0, top);
    return Promise.resolve({ items, next: found.length > top ? items.at(-1)?.number : undefined });
  }
}

/** A store that keeps resources as long as the test, or refuses to. */
export class MemoryResourceStore implements ResourceStore {
  readonly kept = new Map<string, StoredResource>();
  readonly audit = new MemoryAudit();
  broken = false;

  load(): Promise<Iterable<StoredResource>> {
    return Promise.resolve([...this.kept.values()]);
  }

  write(...[changes, entries]: Parameters<ResourceStore["write"]>): Promise<void> {
    if (this.broken) return Promise.reject(new Error("the disk is full"));
    this.audit.entries.push(...entries);
    for (const change of changes) {
      if (change.json === undefined) this.kept.delete(`${change.type}/${change.name}`);
      else this.kept.set(`${change.type}/${change.name}`, change as StoredResource);
    }
    return Promise.resolve();
  }
}

export class MemoryTokenStore implements OperatorTokenStore {
  readonly tokens = new Map<string, StoredToken>();
  readonly #audit: MemoryAudit;

  constructor(audit = new MemoryAudit()) {
    this.#audit = audit;
  }

  load(): Promise<Iterable<StoredToken>> {
    return Promise.resolve([...this.tokens.values()]);
  }

  async put(token: StoredToken, entries: readonly AuditEntry[] = []): Promise<void> {
    for (const entry of entries) await this.#audit.record(entry);
    this.tokens.set(token.id, token);
  }
}

/** Sessions that a test has made up. */
export class FakeSessions implements SessionDirectory {
  readonly sessions = new Map<string, SessionDetail>();
  readonly disconnected: string[] = [];
  readonly ended: string[] = [];
  readonly cleared: string[] = [];

  list({ top, after = "", accepts = () => true, connectedOnly }: Parameters<SessionDirectory["list"]>[0]) {
    const found = [...this.sessions.values()]
      .filter(({ clientId, connected }) =>
        clientId > after && accepts(clientId) && (connected || !connectedOnly)
      )
      .map(({ subscriptionList: _, ...summary }) => summary)
      .sort((one, other) => one.clientId < other.clientId ? -1 : 1);
    const items = found.slice(0, top);
    return Promise.resolve({ items, next: found.length > top ? items.at(-1)?.clientId : undefined });
  }

  get(clientId: string): Promise<SessionDetail | undefined> {
    return Promise.resolve(this.sessions.get(clientId));
  }

  disconnect(clientId: string): Promise<boolean> {
    if (this.sessions.get(clientId)?.connected !== true) return Promise.resolve(false);
    this.disconnected.push(clientId);
    return Promise.resolve(true);
  }

  end(clientId: string): Promise<boolean> {
    if (!this.sessions.delete(clientId)) return Promise.resolve(false);
    this.ended.push(clientId);
    return Promise.resolve(true);
  }

  clearQueue(clientId: string): Promise<boolean> {
    if (!this.sessions.has(clientId)) return Promise.resolve(false);
    this.cleared.push(clientId);
    return Promise.resolve(true);
  }
}

/** Certificates that were asked to be read again. */
export class FakeCertificates implements ServerCertificates {
  reloads = 0;

  reload() {
    this.reloads += 1;
    return Promise.resolve([{ certificate: "a.pem", fault: "it is gone" }]);
  }
}

/** An answer, read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // deno-lint-ignore no-explicit-any
  readonly body: any;
}

/** The world of one test; disposing of it closes the listener. */
export class AdminWorld implements AsyncDisposable {
  readonly store: MemoryResourceStore;
  readonly sessions: FakeSessions;
  readonly certificates: FakeCertificates;
  readonly published: HostPublish[];
  readonly failures: unknown[];
  readonly registry: Registry;
  readonly operators: OperatorTokens;
  readonly readOnly: string;
  readonly full: string;
  readonly #listening: HttpListening;

  private constructor(parts: Parts, { store, sessions, certificates, published, failures }: Kept) {
    this.registry = parts.registry;
    this.operators = parts.operators;
    this.full = parts.full;
    this.readOnly = parts.readOnly;
    this.#listening = parts.listening;
    this.store = store;
    this.sessions = sessions;
    this.certificates = certificates;
    this.published = published;
    this.failures = failures;
  }

  static async start({ anonymous = "loopback", given, operatorAt }: AdminSettings = {}): Promise<AdminWorld> {
    const kept: Kept = {
      store: new MemoryResourceStore(),
      sessions: new FakeSessions(),
      certificates: new FakeCertificates(),
      published: [],
      failures: [],
    };
    const registry = await Registry.open({
      store: kept.store,
      limits: { ...accessLimits.standard, topicSpacesMax: 20 },
      passwords: {
        hash: (password) => Promise.resolve(`hash of ${password}`),
        verify: (password, hash) => Promise.resolve(hash === `hash of ${password}`),
      },
      issuerKeys: { inspectIssuerKey: () => Promise.resolve(undefined) },
      endpoints: { inspectEndpoint: () => undefined },
      certificates: {
        inspect: () =>
          Promise.resolve({
            issueTimeInUtc: "2026-01-01T00:00:00Z",
            expiryTimeInUtc: "2036-01-01T00:00:00Z",
          }),
      },
    });
    const operators = await OperatorTokens.open({ store: new MemoryTokenStore(kept.store.audit), given });
    const { token: readOnly } = await operators.create({ role: "read-only", description: "" });
    const listening = await serve({ registry, operators, operatorAt, anonymous, kept });
    const full = operators.made ?? given ?? "";
    return new AdminWorld({ registry, operators, readOnly, full, listening }, kept);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#listening.port}`;
  }

  get port(): number {
    return this.#listening.port;
  }

  /** Sends a request as an operator who may do everything, unless the headers say otherwise. */
  async request(
    method: string,
    path: string,
    { body, headers = {} }: { readonly body?: unknown; readonly headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const response = await fetch(path.startsWith("http") ? path : `${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.full}`, "content-type": "application/json", ...headers },
      ...body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) },
    });
    const text = await response.text();
    const { status } = response;
    return { status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listening.close();
  }
}

interface Kept {
  readonly store: MemoryResourceStore;
  readonly sessions: FakeSessions;
  readonly certificates: FakeCertificates;
  readonly published: HostPublish[];
  readonly failures: unknown[];
}

interface Parts {
  readonly registry: Registry;
  readonly operators: OperatorTokens;
  readonly full: string;
  readonly readOnly: string;
  readonly listening: HttpListening;
}

interface Served {
  readonly registry: Registry;
  readonly operators: OperatorTokens;
  readonly operatorAt: OperatorAt | undefined;
  readonly anonymous: AnonymousAccess;
  readonly kept: Kept;
}

function serve({ registry, operators, operatorAt, anonymous, kept }: Served): Promise<HttpListening> {
  const { store, sessions, certificates, published, failures } = kept;
  const rules = {
    anonymous: () => anonymous,
    allowedOrigins: [],
    proofs: { operators, operatorAt },
  };
  const onFailure = (error: unknown) => void failures.push(error);
  const app = createApp({
    publisher: { publish: (message) => Promise.resolve(published.push(message)).then(() => 0) },
    health: { readiness: () => [] },
    exposition: { contentType: "text/plain", text: () => Promise.resolve("") },
    rules,
    limits: { bodyBytesMax: 1000, bodiesBytesMax: 10_000 },
    onFailure,
    admin: adminRoutes({
      registry,
      operators,
      operatorAt,
      sessions,
      files: filesOf(registry),
      audit: store.audit,
      certificates,
      readNameFilter: parseNameFilter,
      visibleProperties,
      spelledProperties,
      identity: armIdentityPreset,
      hostname: "broker.example",
      version: "0.0.0",
      onFailure,
    }),
  });
  return listenHttp({
    host: "127.0.0.1",
    port: 0,
    app,
    rules,
    upgrade: () => ({ status: 501, code: "not-here", detail: "This test has no WebSocket" }),
    limits: HTTP_SERVER_LIMITS,
    onWarning: onFailure,
  });
}

/** As `main.ts` joins the two rooms. */
export function filesOf(registry: Registry): ResourceFiles {
  return {
    async apply(files, { prune, dryRun, by }) {
      const plan = await planFiles(registry, files, { prune });
      if (plan instanceof FileFaults) return plan;
      const done = dryRun ? [] : await applyPlan(registry.as(by), plan);
      return done instanceof FileFaults ? done : { steps: plan.steps, text: planText(plan) };
    },
  };
}
