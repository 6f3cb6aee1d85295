import type { Broker } from "../broker/broker.ts";
import type { Config } from "../config/schema.ts";
import { formatSocketAddress, type SocketAddress } from "../config/socket_address.ts";
import { listenHttp } from "../http/server.ts";
import type { Logger } from "../observe/log.ts";
import type { Listener } from "../transport/listener.ts";
import type { Adapters, TlsAdapter } from "./adapters.ts";
import type { HttpSide } from "./http_side.ts";
import { AddressUnavailable } from "./start_fault.ts";
import type { TlsCertificates } from "./tls_certificates.ts";

/** What listeners are made of. */
export interface ListenerParts {
  readonly config: Config;
  readonly log: Logger;
  readonly broker: Broker;
  readonly http: HttpSide;
  readonly certificates: TlsCertificates;
  readonly tls: TlsAdapter;
  readonly adapters: Pick<Adapters, "listenTcp">;
}

/**
 * Every listener of the configuration, one bound after the other.
 *
 * @throws {AddressUnavailable} for the first that cannot be
 */
export async function* listen(parts: ListenerParts): AsyncGenerator<Listener> {
  const { mqtt, mqtts, http, https } = parts.config.listeners;
  const common = {
    accept: parts.broker.accept.bind(parts.broker),
    onWarning: (message: string) => parts.log.warn(message),
  };
  for (const address of mqtt) {
    yield await at(address, () => parts.adapters.listenTcp({ ...address, ...common }));
  }
  for (const listener of mqtts) {
    const certificates = parts.certificates.of(listener);
    const onHandshakeFailed = (address: string, reason: string): void =>
      parts.log.debug("TLS handshake failed", { address, reason });
    yield await at(
      listener,
      () => parts.tls.listen({ ...placeOf(listener), ...common, certificates, onHandshakeFailed }),
    );
  }
  const { onWarning } = common;
  for (const address of http) {
    yield await at(address, () => listenHttp({ ...address, ...parts.http, onWarning }));
  }
  for (const listener of https) {
    const secure = parts.tls.secure(parts.certificates.of(listener));
    yield await at(listener, () => listenHttp({ ...placeOf(listener), ...parts.http, secure, onWarning }));
  }
}

function placeOf({ host, port }: SocketAddress): SocketAddress {
  return { host, port };
}

/** Says which address it was, when one cannot be listened on. */
async function at(address: SocketAddress, bind: () => Listener | Promise<Listener>): Promise<Listener> {
  try {
    return await bind();
  } catch (cause) {
    throw new AddressUnavailable(`Cannot listen on ${formatSocketAddress(address)}: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

/** The runtime's own sockets and those of `node:net` say it differently. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inUse = error.name === "AddrInUse" || ("code" in error && error.code === "EADDRINUSE");
  return inUse ? "the address is in use" : error.message;
}
