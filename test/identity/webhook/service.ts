/** The operator's own service over real HTTP, as it should be and as it should not. */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Fetch } from "../../../src/identity/bounded_fetch.ts";
import type { EndpointCredential } from "../../../src/identity/webhook/credential.ts";
import {
  WEBHOOK_LIMITS,
  WebhookIdentifier,
  type WebhookLimits,
  type WebhookOptions,
} from "../../../src/identity/webhook/webhook_identifier.ts";
import type { WebhookEndpoint } from "../../../src/identity/trust.ts";
import { WebhookMetrics } from "../../../src/observe/webhook_metrics.ts";

/** A request as it came in. */
export interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // deno-lint-ignore no-explicit-any
  readonly body: any;
}

/** Answers a request. */
export type Behaviour = (response: ServerResponse, asked: Asked) => void;

/** A service on loopback that remembers what it was asked. */
export class FakeService implements AsyncDisposable {
  readonly #server: Server;
  readonly #waiting: (() => void)[] = [];
  readonly asked: Asked[] = [];
  behaviour: Behaviour = (response) => answer(response, { decision: "deny" });

  /** With a certificate and its key, in PEM, it is a service over TLS. */
  private constructor(private readonly secret?: { readonly cert: string; readonly key: string }) {
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      // Whoever asks may go away before everything is said.
      this.#answer(request, response).catch(() => response.destroy());
    };
    this.#server = secret === undefined ? createServer(handle) : createSecureServer(secret, handle);
  }

  static async start(secret?: { readonly cert: string; readonly key: string }): Promise<FakeService> {
    const service = new FakeService(secret);
    await new Promise<void>((resolve) => service.#server.listen(0, "127.0.0.1", () => resolve()));
    return service;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return this.secret === undefined ? `http://127.0.0.1:${port}/hook` : `https://localhost:${port}/hook`;
  }

  /** Says the same to everybody. */
  says(body: unknown, status = 200): void {
    this.behaviour = (response) => answer(response, body, status);
  }

  /** Resolves once it was asked so often. */
  async isAsked(times: number): Promise<void> {
    while (this.asked.length < times) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Uint8Array[] = [];
    for await (const part of request) parts.push(part as Uint8Array);
    const text = new TextDecoder().decode(await new Blob(parts as BlobPart[]).arrayBuffer());
    const { method, url, headers } = request;
    const body = headers["content-type"] === "application/json" ? JSON.parse(text) : undefined;
    const asked = { method, url, headers, text, body };
    this.asked.push(asked);
    for (const resolve of this.#waiting.splice(0)) resolve();
    this.behaviour(response, asked);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Answers with JSON, or with a text as it is. */
export function answer(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

/** An identifier that asks an endpoint. */
export class WebhookWorld {
  endpoint: WebhookEndpoint | undefined;
  fetch: Fetch = fetch;
  readonly metrics = new WebhookMetrics();
  readonly identifier: WebhookIdentifier;

  constructor(
    url: string,
    limits: Partial<WebhookLimits> = {},
    { credential, denials }: Pick<WebhookOptions, "denials"> & { readonly credential?: EndpointCredential } =
      {},
  ) {
    this.endpoint = { url, scope: "api://hook/.default" };
    this.identifier = new WebhookIdentifier({
      trust: { webhook: () => this.endpoint },
      fetch: (url, init) => this.fetch(url, init),
      credential,
      watch: this.metrics,
      denials,
      limits: { ...WEBHOOK_LIMITS, ...limits },
    });
  }
}
