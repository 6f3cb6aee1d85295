import type { AnonymousAccess } from "../../src/http/caller.ts";
import { createApp } from "../../src/http/app.ts";
import { HTTP_SERVER_LIMITS, type HttpListening, listenHttp } from "../../src/http/server.ts";
import type { Accept } from "../../src/transport/listener.ts";
import { FRAME_LIMITS, type FrameLimits } from "../../src/transport/websocket/frame_budget.ts";
import { webSocketUpgrade } from "../../src/transport/websocket/upgrade.ts";
import { type BytePeer, ByteQueue, type SocketPeer } from "../contract/byte_peer.ts";
import type { LinkAdapter } from "../contract/link_adapter.ts";
import { OPCODE } from "./frames.ts";
import { RawWebSocket } from "./raw_web_socket.ts";

/** What a test may set of a listener. */
export interface WebSocketWorld {
  readonly limits?: Partial<FrameLimits>;
  readonly anonymous?: AnonymousAccess;
  readonly allowedOrigins?: readonly string[];
  readonly connectionsMax?: number;
}

/** An HTTP listener that only upgrades. */
export function listenWebSocket(accept: Accept, world: WebSocketWorld = {}): Promise<HttpListening> {
  const rules = {
    anonymous: () => world.anonymous ?? "loopback",
    allowedOrigins: world.allowedOrigins ?? [],
  };
  const app = createApp({
    publisher: { publish: () => Promise.reject(new Error("no message is expected here")) },
    health: { readiness: () => [] },
    exposition: { contentType: "text/plain", text: () => Promise.resolve("") },
    rules,
    limits: { bodyBytesMax: 1000, bodiesBytesMax: 1000 },
    onFailure: (error) => {
      throw error;
    },
  });
  return listenHttp({
    host: "127.0.0.1",
    port: 0,
    app,
    rules,
    upgrade: webSocketUpgrade(accept, { ...FRAME_LIMITS, ...world.limits }),
    limits: {
      ...HTTP_SERVER_LIMITS,
      connectionsMax: world.connectionsMax ?? HTTP_SERVER_LIMITS.connectionsMax,
    },
    onWarning: (message) => {
      throw new Error(message);
    },
  });
}

/** MQTT over WebSocket, for the contract suite. */
export const webSocketAdapter: LinkAdapter = {
  carrier: "websocket",
  async listen(accept) {
    const listening = await listenWebSocket(accept);
    return {
      connect: async () => new WebSocketPeer(await RawWebSocket.open(listening.port)),
      close: () => listening.close(),
    };
  },
};

/** The largest frame that this peer sends. */
const FRAME_BYTES = 16_384;

class WebSocketPeer implements BytePeer {
  readonly #webSocket: RawWebSocket;
  readonly #received = new ByteQueue();

  constructor(webSocket: RawWebSocket) {
    this.#webSocket = webSocket;
    this.#pump().catch(() => this.#received.end());
  }

  /** Unwraps binary frames, and answers a close frame as RFC 6455 §5.5.1 wants it. */
  async #pump(): Promise<void> {
    while (true) {
      const { opcode, payload } = await this.#webSocket.receive();
      if (opcode === OPCODE.binary) this.#received.push(payload);
      if (opcode !== OPCODE.close) continue;
      this.#webSocket.send(payload, { opcode: OPCODE.close });
      this.#received.end();
      return;
    }
  }

  get #socket(): SocketPeer {
    return this.#webSocket.socket;
  }

  get port(): number {
    return this.#socket.port;
  }

  get unsentBytes(): number {
    return this.#socket.unsentBytes;
  }

  get ended(): Promise<void> {
    return this.#socket.ended;
  }

  send(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length; start += FRAME_BYTES) {
      this.#webSocket.send(bytes.subarray(start, start + FRAME_BYTES));
    }
  }

  receive(count: number): Promise<Uint8Array> {
    return this.#received.take(count);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#webSocket.send(Uint8Array.of(0x03, 0xe8), { opcode: OPCODE.close });
  }

  cut(): void {
    this.#socket.cut();
  }
}
