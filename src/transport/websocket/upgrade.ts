import type { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
// @ts-types="./ws.d.ts"
import { type WebSocket, WebSocketServer } from "ws";
import type { Accept, Peer } from "../listener.ts";
import { FRAME_LIMITS, FrameAccount, FrameBudget, type FrameLimits } from "./frame_budget.ts";
import { WebSocketLink } from "./link.ts";
import { chooseSubprotocol, offeredSubprotocols, SUBPROTOCOLS } from "./subprotocol.ts";

/** RFC 6455 §7.4.1 and the registry: the server is overloaded, the client should try again later. */
const TRY_AGAIN_LATER = 1013;
/** How long a peer may take to answer our close frame before its socket is cut. */
const CLOSE_TIMEOUT_MILLISECONDS = 2000;
/** Frames per message. Nobody needs many, and an empty one costs us an object. */
const FRAGMENTS_MAX = 1024;
/** Chunks of one unfinished frame; at a network's usual 1.4 KB a frame of 2 MB has 1,400. */
const CHUNKS_MAX = 8192;

/** Why an upgrade is refused; `code` is stable, `status` is HTTP's. */
export interface UpgradeRefusal {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Takes over the socket of an HTTP upgrade request whose path, origin and host are already found good, or says
 * why not; a refused socket is untouched and the caller's to answer.
 */
export type WebSocketUpgrade = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  from: Omit<Peer, "carrier">,
) => UpgradeRefusal | undefined;

/** Makes the upgrade to MQTT over WebSocket (v5 §6, v3.1.1 §6); all links that it opens share one frame budget. */
export function webSocketUpgrade(accept: Accept, limits: FrameLimits = FRAME_LIMITS): WebSocketUpgrade {
  const budget = new FrameBudget(limits);
  const server = newServer(limits);
  let fault: Error | undefined;
  // `ws` reports a faulty handshake in the same turn, and leaves the answer to whoever listens.
  server.on("wsClientError", (error) => fault = error);

  return function upgrade(request, socket, head, from) {
    if (chooseSubprotocol(offeredSubprotocols(request.headers["sec-websocket-protocol"])) === undefined) {
      return NO_SUBPROTOCOL;
    }
    fault = undefined;
    server.handleUpgrade(request, socket, head, (webSocket) => {
      const peer: Peer = { carrier: "websocket", ...from };
      const link = new WebSocketLink(webSocket, socket, { peer, account: new FrameAccount(budget) });
      open(webSocket, link, accept);
    });
    return fault === undefined ? undefined : badHandshake(fault);
  };
}

function open(webSocket: WebSocket, link: WebSocketLink, accept: Accept): void {
  const events = accept(link);
  if (events !== undefined) return link.start(events);
  webSocket.on("error", () => webSocket.terminate());
  webSocket.close(TRY_AGAIN_LATER, "the broker takes no more connections, try again later");
}

function newServer(limits: FrameLimits): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // Text is refused whatever it says.
    skipUTF8Validation: true,
    maxPayload: limits.messageBytesMax,
    maxFragments: FRAGMENTS_MAX,
    maxBufferedChunks: CHUNKS_MAX,
    closeTimeout: CLOSE_TIMEOUT_MILLISECONDS,
    handleProtocols: (offered) => chooseSubprotocol(offered) ?? false,
  });
}

const NO_SUBPROTOCOL: UpgradeRefusal = {
  status: 400,
  code: "websocket-subprotocol-missing",
  detail: `Cannot upgrade without a sub-protocol: offer ${
    SUBPROTOCOLS.join(" or ")
  } in Sec-WebSocket-Protocol`,
};

function badHandshake(fault: Error): UpgradeRefusal {
  return {
    status: 400,
    code: "websocket-handshake-invalid",
    detail: `Cannot upgrade to WebSocket: ${fault.message}`,
    // RFC 6455 §4.4: an unsupported version is answered with the ones we speak.
    headers: { "sec-websocket-version": "13, 8" },
  };
}
