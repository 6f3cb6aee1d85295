import { SocketPeer } from "../contract/byte_peer.ts";
import { frame, type FrameShape, OPCODE, readFrame, type ServerFrame } from "./frames.ts";

/** What an upgrade request says; each header can be changed or, with `undefined`, left out. */
export type UpgradeHeaders = Readonly<Record<string, string | undefined>>;

/** The sample key of RFC 6455 §1.3 and the answer that belongs to it. */
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
export const ACCEPT_OF_KEY = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** The answer to an upgrade request, or to any other. */
export interface RawResponse {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** A WebSocket client that does what it is told and nothing by itself. */
export class RawWebSocket {
  readonly socket: SocketPeer;
  readonly response: RawResponse;

  private constructor(socket: SocketPeer, response: RawResponse) {
    this.socket = socket;
    this.response = response;
  }

  /** Asks for an upgrade, and reads the answer whatever it is. */
  static async open(port: number, headers: UpgradeHeaders = {}, target = "/mqtt"): Promise<RawWebSocket> {
    const socket = await SocketPeer.connect(port);
    socket.send(upgradeRequest(port, headers, target));
    return new RawWebSocket(socket, await readResponse((count) => socket.receive(count)));
  }

  send(payload: Uint8Array, shape?: FrameShape): void {
    this.socket.send(frame(payload, shape));
  }

  receive(): Promise<ServerFrame> {
    return readFrame((count) => this.socket.receive(count));
  }

  /** The status code of the close frame that must come next. */
  async closeCode(): Promise<number> {
    const { opcode, payload } = await this.receive();
    if (opcode !== OPCODE.close) throw new Error(`a frame of opcode ${opcode} came instead of a close frame`);
    return new DataView(payload.buffer, payload.byteOffset).getUint16(0);
  }
}

function upgradeRequest(port: number, changed: UpgradeHeaders, target: string): string {
  const headers: UpgradeHeaders = {
    host: `127.0.0.1:${port}`,
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-key": KEY,
    "sec-websocket-version": "13",
    "sec-websocket-protocol": "mqtt",
    ...changed,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`]
  );
  return `GET ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
}

/** Reads one response; its body must have a length. */
export async function readResponse(receive: (count: number) => Promise<Uint8Array>): Promise<RawResponse> {
  let head = "";
  while (!head.endsWith("\r\n\r\n")) head += String.fromCharCode(...await receive(1));
  const [statusLine = "", ...lines] = head.trimEnd().split("\r\n");
  const headers = new Map(lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  }));
  const body = new TextDecoder().decode(await receive(Number(headers.get("content-length") ?? 0)));
  return { status: Number(statusLine.split(" ")[1]), headers, body };
}
