/**
 * The part of `npm:ws` that this adapter stands on. The package carries no types; these lines are also the
 * list of what has to be looked at when its version moves.
 */

import type { Buffer } from "node:buffer";
import type { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** An open WebSocket, on the server's side. */
export class WebSocket extends EventEmitter {
  readonly readyState: 0 | 1 | 2 | 3;
  readonly isPaused: boolean;
  on(event: "message", listener: (data: Buffer, binary: boolean) => void): this;
  on(event: "ping" | "pong", listener: (data: Buffer) => void): this;
  on(event: "close", listener: (code: number, reason: Buffer) => void): this;
  on(event: "error", listener: (error: Error) => void): this;
  pause(): void;
  resume(): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
}

/** How frames are bounded and sub-protocols chosen; `ws` documents each. */
export interface WebSocketServerOptions {
  readonly noServer: true;
  readonly clientTracking: boolean;
  readonly perMessageDeflate: boolean;
  readonly skipUTF8Validation: boolean;
  readonly maxPayload: number;
  readonly maxFragments: number;
  readonly maxBufferedChunks: number;
  readonly closeTimeout: number;
  readonly handleProtocols: (offered: Set<string>) => string | false;
}

/** Completes handshakes on connections that a `node:http` server accepted. */
export class WebSocketServer extends EventEmitter {
  constructor(options: WebSocketServerOptions);
  on(
    event: "wsClientError",
    listener: (error: Error, socket: Duplex, request: IncomingMessage) => void,
  ): this;
  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    upgraded: (webSocket: WebSocket) => void,
  ): void;
}
