import net from "node:net";
import { connect, type ConnectionOptions } from "node:tls";
import { WebSocket } from "ws";

/** A byte stream to the broker, whatever carries it. */
export interface Link {
  /** Sends bytes at once; over WebSocket they are one binary message. */
  send(bytes: Uint8Array): void;
  /** Reads nothing more, so that the broker's writes pile up. */
  pause(): void;
  /** Reads again. */
  resume(): void;
  /** Ends the stream without any farewell, as a lost network does. */
  cut(): void;
}

/** What a link tells; it tells `ended` once. */
export interface LinkEvents {
  arrived(bytes: Uint8Array): void;
  ended(): void;
}

/** HOST:PORT, as the broker prints it. */
export type Address = string;

export function splitAddress(address: Address): { host: string; port: number } {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}

/** A TCP connection; it resolves once the connection stands. */
export function tcpLink(address: Address, events: LinkEvents): Promise<Link> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ ...splitAddress(address), noDelay: true });
    socket.once("error", reject);
    socket.on("error", () => {});
    socket.on("data", (bytes: Uint8Array) => events.arrived(bytes));
    socket.once("close", () => events.ended());
    socket.once("connect", () =>
      resolve({
        send: (bytes) => void socket.write(bytes),
        pause: () => void socket.pause(),
        resume: () => void socket.resume(),
        cut: () => void socket.destroy(),
      }));
  });
}

/** A WebSocket at the path `/mqtt`; what arrives in text messages is a fault and ends the link. */
export function webSocketLink(address: Address, events: LinkEvents, protocol = "mqtt"): Promise<Link> {
  return overWebSocket(new WebSocket(`ws://${address}/mqtt`, protocol === "" ? [] : [protocol]), events);
}

/** The same over TLS. */
export function secureWebSocketLink(
  address: Address,
  events: LinkEvents,
  options: ConnectionOptions = {},
): Promise<Link> {
  const socket = new WebSocket(`wss://${address}/mqtt`, ["mqtt"], { rejectUnauthorized: false, ...options });
  return overWebSocket(socket, events);
}

function overWebSocket(socket: WebSocket, events: LinkEvents): Promise<Link> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.on("error", () => {});
    socket.on("message", (bytes: Uint8Array, isBinary: boolean) => {
      if (isBinary) events.arrived(bytes);
      else socket.terminate();
    });
    socket.once("close", () => events.ended());
    socket.once("open", () =>
      resolve({
        send: (bytes) => socket.send(bytes),
        pause: () => socket.pause(),
        resume: () => socket.resume(),
        cut: () => socket.terminate(),
      }));
  });
}

/** A TLS connection that trusts whoever answers; `options` hold the client's certificate, if it has one. */
export function tlsLink(
  address: Address,
  events: LinkEvents,
  options: ConnectionOptions = {},
): Promise<Link> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...splitAddress(address), rejectUnauthorized: false, ...options });
    socket.once("error", reject);
    socket.on("error", () => {});
    socket.on("data", (bytes: Uint8Array) => events.arrived(bytes));
    socket.once("close", () => events.ended());
    socket.once("secureConnect", () =>
      resolve({
        send: (bytes) => void socket.write(bytes),
        pause: () => void socket.pause(),
        resume: () => void socket.resume(),
        cut: () => void socket.destroy(),
      }));
  });
}
