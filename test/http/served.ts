import { Buffer } from "node:buffer";
import { createApp } from "../../src/http/app.ts";
import type { BodyLimits } from "../../src/http/body.ts";
import type { AnonymousAccess } from "../../src/http/caller.ts";
import type { HostPublish } from "../../src/http/ports.ts";
import {
  type Front,
  HTTP_SERVER_LIMITS,
  type HttpListening,
  type HttpServerLimits,
  listenHttp,
} from "../../src/http/server.ts";
import { SocketPeer } from "../contract/byte_peer.ts";
import { type RawResponse, readResponse } from "../websocket/raw_web_socket.ts";

/** What a test may set. */
export interface HttpWorld {
  readonly limits?: Partial<HttpServerLimits>;
  readonly bodies?: Partial<BodyLimits>;
  readonly anonymous?: AnonymousAccess;
  readonly allowedOrigins?: readonly string[];
  readonly host?: string;
  readonly front?: Front;
  readonly isAllowed?: (address: string) => boolean;
}

/** A request as its bytes will be; `content-length` is added where there is a body and no other framing. */
export interface RawRequest {
  readonly method?: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

/** A problem document, as far as tests look at it. */
export interface Problem {
  readonly type: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly faults?: readonly { readonly parameter: string; readonly detail: string }[];
  readonly reasonCode?: number;
}

/** The HTTP side over a real socket, in front of a broker that does what the test says. */
export class ServedHttp {
  /** Every message that was published, in order. */
  readonly published: HostPublish[] = [];
  /** What the next publishes end with. */
  answer: () => Promise<number> = () => Promise.resolve(0);
  /** Why the broker is not ready. */
  reasons: string[] = [];
  /** Every failure that an operator was told of. */
  readonly failures: unknown[] = [];
  #listening: HttpListening | undefined;
  #peers: SocketPeer[] = [];

  async start(world: HttpWorld = {}): Promise<void> {
    const rules = {
      anonymous: () => world.anonymous ?? "loopback",
      allowedOrigins: world.allowedOrigins ?? [],
      ...world.isAllowed === undefined ? {} : { isAllowed: world.isAllowed },
    };
    const app = createApp({
      publisher: { publish: (message) => this.#publish(message) },
      health: { readiness: () => this.reasons },
      exposition: {
        contentType: "text/plain; version=0.0.4",
        text: () => Promise.resolve("heliograph_up 1\n"),
      },
      rules,
      limits: { bodyBytesMax: 1000, bodiesBytesMax: 10_000, ...world.bodies },
      onFailure: (error) => this.failures.push(error),
    });
    this.#listening = await listenHttp({
      host: world.host ?? "127.0.0.1",
      port: 0,
      app,
      rules,
      upgrade: () => ({ status: 501, code: "not-here", detail: "This test has no WebSocket" }),
      limits: { ...HTTP_SERVER_LIMITS, ...world.limits },
      ...world.front === undefined ? {} : { front: world.front },
      onWarning: (message) => this.failures.push(message),
    });
  }

  async stop(): Promise<void> {
    for (const peer of this.#peers) peer.cut();
    await this.#listening?.close();
  }

  get listening(): HttpListening {
    if (this.#listening === undefined) throw new Error("start() comes first");
    return this.#listening;
  }

  get port(): number {
    return this.listening.port;
  }

  async connect(host?: string): Promise<SocketPeer> {
    const peer = await SocketPeer.connect(this.port, host);
    this.#peers.push(peer);
    return peer;
  }

  /** Sends a request on a connection of its own, and reads the answer. */
  async request(request: RawRequest): Promise<RawResponse> {
    const peer = await this.connect();
    peer.send(this.bytesOf(request));
    return await receiveResponse(peer);
  }

  /** `POST /mqtt/messages` with this query. */
  publish(query: string, rest: Omit<RawRequest, "target" | "method"> = {}): Promise<RawResponse> {
    return this.request({ method: "POST", target: `/mqtt/messages?${query}`, body: "hello", ...rest });
  }

  bytesOf({ method = "GET", target, headers = {}, body = "" }: RawRequest): Uint8Array {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const framing = "transfer-encoding" in headers || method === "GET"
      ? {}
      : { "content-length": bytes.length };
    const fields = Object.entries({ host: `127.0.0.1:${this.port}`, ...framing, ...headers });
    const head = `${method} ${target} HTTP/1.1\r\n${
      fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")
    }\r\n`;
    return Buffer.concat([Buffer.from(head, "latin1"), bytes]);
  }

  #publish(message: HostPublish): Promise<number> {
    this.published.push({ ...message, payload: Uint8Array.from(message.payload) });
    return this.answer();
  }
}

/** Reads one response off a connection. */
export function receiveResponse(peer: SocketPeer): Promise<RawResponse> {
  return readResponse((count) => peer.receive(count));
}

/** The problem document of a response, whose form is checked on the way. */
export function problemOf(response: RawResponse): Problem {
  const type = response.headers.get("content-type");
  if (type !== "application/problem+json") throw new Error(`${response.status} ${type}: ${response.body}`);
  const problem: Problem = JSON.parse(response.body);
  if (problem.status !== response.status) throw new Error(`status ${response.status} says ${problem.status}`);
  if (problem.type !== `urn:heliograph:problem:${problem.code}`) throw new Error(`type ${problem.type}`);
  return problem;
}

export function base64(content: string | Uint8Array): string {
  return Buffer.from(content).toString("base64");
}
