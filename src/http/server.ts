import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import type { Buffer } from "node:buffer";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import { createServer as createSecureServer, type Server as SecureServer } from "node:https";
import type { AddressInfo, Server as NetServer, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Server as TlsServer, TlsOptions } from "node:tls";
import { AcceptWatch } from "./accept_watch.ts";
import {
  admitUpgrade,
  type Caller,
  callerOf,
  type CallerRules,
  type Origin,
  refuseAddress,
  setOrigin,
} from "./caller.ts";
import { answerClientError } from "./client_error.ts";
import type { HttpEnvironment } from "./environment.ts";
import { HttpProblem } from "./problem.ts";
import { refuseSocket, refuseSocketWith } from "./refuse_socket.ts";

/** Bounds of an HTTP listener, each with what happens beyond it. */
export interface HttpServerLimits {
  /** Connections, WebSocket ones included; the next is told 503 and closed. */
  readonly connectionsMax: number;
  /** The request line and all headers together; 431 beyond. */
  readonly headerBytesMax: number;
  /** From the first byte (or the connection's start) to the last header; 408 beyond. */
  readonly headersTimeoutMilliseconds: number;
  /** From the first byte to the last of the body; 408 beyond. */
  readonly requestTimeoutMilliseconds: number;
  /** How long a connection may idle between two requests. */
  readonly keepAliveTimeoutMilliseconds: number;
  /** How long requests may take that are under way when the listener closes; their sockets are cut then. */
  readonly closeTimeoutMilliseconds: number;
}

/** The bounds of profile `standard`. */
export const HTTP_SERVER_LIMITS: HttpServerLimits = {
  connectionsMax: 10_000,
  // User properties of 32 KiB are 43 KiB in Base64.
  headerBytesMax: 64 * 1024,
  headersTimeoutMilliseconds: 10_000,
  requestTimeoutMilliseconds: 30_000,
  keepAliveTimeoutMilliseconds: 15_000,
  closeTimeoutMilliseconds: 2_000,
};

/** Takes over the socket of an upgrade to MQTT over WebSocket, or says why not and leaves the socket alone. */
export type Upgrade = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  from: Pick<Caller, "address" | "port" | "loopback">,
) =>
  | { status: number; code: string; detail: string; headers?: Readonly<Record<string, string>> }
  | undefined;

/** What makes a listener one of HTTPS. */
export interface Secure {
  /** What the server is created with. */
  readonly options: TlsOptions;
  /** Takes the server under its care, until what is returned is called: certificates, handshakes, paused sockets. */
  attend(server: TlsServer): () => void;
}

/** What stands before a listener whose connections come through a proxy. */
export interface Front {
  /**
   * Holds each connection of the server back until it is known where it comes from.
   *
   * @returns what closes those that are held back
   */
  hold(server: NetServer): () => void;
  /** Where a connection of the server comes from. */
  originOf(socket: Duplex): Origin | undefined;
}

/** A bound listener; the same shape as those of the transports. */
export interface HttpListening {
  readonly protocol: "http" | "https";
  /** The address that is listened on, as the system reports it. */
  readonly address: string;
  /** The port, chosen by the system where 0 was asked for. */
  readonly port: number;
  /** Stops accepting, and lets the requests finish that are under way. WebSocket links stay open. */
  close(): Promise<void>;
}

/** What an HTTP listener is made of. */
export interface HttpServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly app: Hono<HttpEnvironment>;
  /** What answers an upgrade at `/mqtt`. */
  readonly upgrade: Upgrade;
  readonly rules: CallerRules;
  readonly limits: HttpServerLimits;
  /** Absent for plain HTTP. */
  readonly secure?: Secure;
  /** Absent where connections come straight from the callers. */
  readonly front?: Front | undefined;
  /** Told of faults that an operator should hear of, in words. */
  readonly onWarning: (message: string) => void;
}

/** Where MQTT over WebSocket is served. */
const UPGRADE_PATH = "/mqtt";
/** RFC 7301. Whoever offers others only, such as those of MQTT, has come to the wrong place. */
const APPLICATION_PROTOCOLS = ["http/1.1"];
/** Accepted beyond the cap, so that the 503 can be said; past these the runtime drops without a word. */
const REFUSALS_MAX = 64;
/** Connections that may wait for us to accept them; the system cuts this to its own maximum. */
const BACKLOG = 4096;

/**
 * Listens for HTTP and WebSocket on one port, in the clear or over TLS.
 *
 * @throws the system's error, whose `code` says what it is (`EADDRINUSE`, `EACCES`, …), if it cannot listen
 */
export async function listenHttp(options: HttpServerOptions): Promise<HttpListening> {
  const listener = new HttpListener(options);
  await listener.listen();
  return listener;
}

class HttpListener implements HttpListening {
  readonly protocol: "http" | "https";
  readonly #options: HttpServerOptions;
  readonly #server: Server | SecureServer;
  /** Requests whose response is not finished. */
  readonly #underWay = new Set<ServerResponse>();
  #watch: AcceptWatch | undefined;
  #endSecurity: (() => void) | undefined;
  #endHolding: (() => void) | undefined;
  #bound: Pick<AddressInfo, "address" | "port"> = { address: "", port: 0 };
  #connections = 0;
  #closing: Promise<void> | undefined;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.protocol = options.secure === undefined ? "http" : "https";
    this.#server = newServer(options, (request, response) => this.#onRequest(request, response));
    this.#server.maxConnections = options.limits.connectionsMax + REFUSALS_MAX;
    this.#endHolding = options.front?.hold(this.#server);
    // Over TLS a connection begins with the end of its handshake; before that it could not be told anything.
    const begun = options.secure === undefined ? "connection" : "secureConnection";
    this.#server.on(begun, (socket: Socket) => this.#onConnection(socket));
    this.#server.on("upgrade", (request, socket, head) => this.#onUpgrade(request, socket, head));
    this.#server.on("clientError", onClientError);
    this.#endSecurity = options.secure?.attend(this.#server as SecureServer);
  }

  get address(): string {
    return this.#bound.address;
  }

  get port(): number {
    return this.#bound.port;
  }

  async listen(): Promise<void> {
    const { host, port, onWarning } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ port, host, backlog: BACKLOG }, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
    const bound = this.#server.address();
    if (bound === null || typeof bound === "string") {
      throw new Error(`Cannot listen on ${host}: not an IP address`);
    }
    this.#bound = bound;
    this.#server.on("error", (error) => onWarning(`The HTTP listener failed: ${error.message}`));
    this.#watch = new AcceptWatch(this.#server, {
      ...bound,
      onRecovered: () => onWarning("The HTTP listener had stopped accepting and listens again"),
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#watch?.stop();
    this.#endSecurity?.();
    this.#endSecurity = undefined;
    this.#endHolding?.();
    for (const response of this.#underWay) endConnection(response);
    this.#server.close();
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => this.#cut(), this.#options.limits.closeTimeoutMilliseconds);
    await Promise.all(
      [...this.#underWay].map((response) => new Promise((done) => response.once("close", done))),
    );
    clearTimeout(timer);
  }

  #cut(): void {
    for (const response of this.#underWay) response.destroy();
  }

  #onConnection(socket: Socket): void {
    const origin = this.#options.front?.originOf(socket);
    if (origin !== undefined) setOrigin(socket, origin);
    if (this.#connections >= this.#options.limits.connectionsMax) return refuseConnection(socket);
    this.#connections += 1;
    socket.once("close", () => this.#connections -= 1);
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): boolean {
    if (hasItsAnswer(request.socket)) return false;
    if (this.#closing !== undefined) endConnection(response);
    this.#underWay.add(response);
    response.once("close", () => this.#underWay.delete(response));
    return true;
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (hasItsAnswer(socket)) return;
    try {
      this.#refuseUpgrade(request);
      const { address, port, loopback } = callerOf(request);
      const refusal = this.#options.upgrade(request, socket, head, { address, port, loopback });
      if (refusal !== undefined) refuseSocketWith(socket, refusal);
    } catch (error) {
      if (!(error instanceof HttpProblem)) throw error;
      refuseSocket(socket, error);
    }
  }

  /** Throws the problem that keeps `request` from upgrading, if there is one. */
  #refuseUpgrade(request: IncomingMessage): void {
    if (this.#closing !== undefined) {
      throw new HttpProblem("shutting-down", {
        detail: "Cannot open a WebSocket: the broker is shutting down",
      });
    }
    if (pathOf(request) !== UPGRADE_PATH) {
      throw new HttpProblem("not-found", { detail: `Cannot open a WebSocket here: use ${UPGRADE_PATH}` });
    }
    refuseAddress(callerOf(request), this.#options.rules);
    admitUpgrade(request, this.#options.rules);
  }
}

function newServer(
  { app, limits, secure }: HttpServerOptions,
  admit: (request: IncomingMessage, response: ServerResponse) => boolean,
): Server | SecureServer {
  const serve = getRequestListener(app.fetch, { overrideGlobalObjects: false, errorHandler: invalidRequest });
  const bounds: ServerOptions & UpgradeChoice = {
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersTimeoutMilliseconds,
    requestTimeout: limits.requestTimeoutMilliseconds,
    keepAliveTimeout: limits.keepAliveTimeoutMilliseconds,
    connectionsCheckingInterval: Math.min(1000, limits.headersTimeoutMilliseconds),
    // Any other upgrade is ignored, as RFC 9110 §7.8 allows: curl offers h2c with a POST that should just work.
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === "websocket",
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    if (admit(request, response)) serve(request, response);
  };
  const server = secure === undefined
    ? createServer(bounds, onRequest)
    : createSecureServer({ ...bounds, ...secure.options, ALPNProtocols: APPLICATION_PROTOCOLS }, onRequest);
  // Whoever reads a body says 100 first, and does not say it to a body that it refuses.
  return server.on("checkContinue", onRequest);
}

/** An option of `node:http` since Node 24.9, which the types do not have yet. */
interface UpgradeChoice {
  readonly shouldUpgradeCallback: (request: IncomingMessage) => boolean;
}

/** What `@hono/node-server` cannot make a request of, such as one with a `Host` that is no host. */
function invalidRequest(error: unknown): Response {
  const detail = `Cannot read the request: ${error instanceof Error ? error.message : "it is not valid"}`;
  return new HttpProblem("request-invalid", { detail }).toResponse();
}

/** A handshake that failed comes here too, and nothing can be said to whoever made it. */
function onClientError(error: Error & { readonly code?: string }, socket: Duplex): void {
  if ("secureConnecting" in socket && socket.secureConnecting === true) socket.destroy();
  else answerClientError(error, socket);
}

function refuseConnection(socket: Socket): void {
  const detail = "Cannot take another connection: try again later";
  refuseSocket(socket, new HttpProblem("busy", { detail, headers: { "retry-after": "1" } }));
}

/** Whether the connection was over the cap and was told so before it could ask for anything. */
function hasItsAnswer(socket: Duplex): boolean {
  return !socket.writable;
}

function pathOf(request: IncomingMessage): string {
  const url = request.url ?? "";
  const end = url.indexOf("?");
  return end === -1 ? url : url.slice(0, end);
}

function endConnection(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader("connection", "close");
}
