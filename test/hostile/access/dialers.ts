import { connect, type Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { Dialer } from "../../dialogue/client.ts";
import { type LinkEvents, splitAddress, tlsLink } from "../../dialogue/link.ts";
import { type Made, pem } from "../../identity/certificates.ts";
import { forge, type ForgedConnection, type Forgery } from "../../tls/forging_client.ts";

/** How a client reaches a TLS listener. */
export interface Approach {
  /** What it presents: its own certificate with its key, then whatever it sends along. */
  readonly chain?: readonly Made[] | undefined;
  /** The address that it comes from, any of 127.0.0.0/8. */
  readonly from?: string | undefined;
}

/** The server ended a handshake. */
export class HandshakeRefused extends Error {
  override readonly name = "HandshakeRefused";
}

/** Dials over TLS with what any client's library does. */
export function approaching({ chain = [], from }: Approach): Dialer {
  return async (address, events) => {
    const socket = from === undefined ? {} : { socket: await tcpFrom(from, address) };
    return await tlsLink(address, events, { ...credentialsOf(chain), ...socket });
  };
}

/**
 * Dials as no library would: presents any bytes, signs with any key, comes with any ticket.
 *
 * @param onForged told of the connection before anything is sent on it
 * @throws {HandshakeRefused}
 */
export function forging(forgery: Forgery, onForged?: (connection: ForgedConnection) => void): Dialer {
  return async (address, events) => {
    const connection = await forge(splitAddress(address).port, forgery);
    if (connection === undefined) throw new HandshakeRefused();
    onForged?.(connection);
    void tellAll(connection, events);
    const { peer } = connection;
    return {
      send: (bytes) => connection.send(bytes),
      pause: () => peer.pause(),
      resume: () => peer.resume(),
      cut: () => peer.cut(),
    };
  };
}

/** A TCP connection from an address of this machine, once it stands. */
export function tcpFrom(localAddress: string, address: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...splitAddress(address), noDelay: true, localAddress });
    socket.once("error", reject);
    socket.on("error", () => {});
    socket.once("connect", () => resolve(socket));
  });
}

async function tellAll(connection: ForgedConnection, events: LinkEvents): Promise<void> {
  for (;;) {
    const bytes = await connection.receive();
    if (bytes === undefined) break;
    events.arrived(bytes);
  }
  events.ended();
}

function credentialsOf([own, ...behind]: readonly Made[]): ConnectionOptions {
  if (own === undefined) return {};
  return {
    cert: [own, ...behind].map(({ der }) => pem(der)).join(""),
    key: own.privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
  };
}
