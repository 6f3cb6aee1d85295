import type { Broker } from "../broker/broker.ts";
import type { Config } from "../config/schema.ts";
import { isLoopbackAddress } from "../config/loopback.ts";
import type { ListenerConfig } from "../config/listener_key.ts";
import { formatSocketAddress, type SocketAddress } from "../config/socket_address.ts";
import { type HttpServerOptions, listenHttp } from "../http/server.ts";
import type { Logger } from "../observe/log.ts";
import { holdConnections, originOf } from "../transport/fronted_server.ts";
import type { Listener } from "../transport/listener.ts";
import type { Adapters, ListenOptions, TlsAdapter } from "./adapters.ts";
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
  readonly adapters: Pick<Adapters, "listenTcp" | "proxyFront">;
  /** PROXY headers that may be under way at once, on each listener. */
  readonly headersMax: number;
}

/**
 * Every listener of the configuration, one bound after the other.
 *
 * @throws {AddressUnavailable} for the first that cannot be
 */
export async function* listen(parts: ListenerParts): AsyncGenerator<Listener> {
  const { mqtt, mqtts, http, https } = parts.config.listeners;
  for (const listener of mqtt) {
    yield await at(listener, () => parts.adapters.listenTcp(linkOptions(parts, listener)));
  }
  for (const listener of mqtts) {
    const certificates = parts.certificates.of(listener);
    const onHandshakeFailed = (address: string, reason: string): void =>
      parts.log.debug("TLS handshake failed", { address, reason });
    yield await at(
      listener,
      () => parts.tls.listen({ ...linkOptions(parts, listener), certificates, onHandshakeFailed }),
    );
  }
  for (const listener of http) yield await at(listener, () => listenHttp(httpOptions(parts, listener)));
  for (const listener of https) {
    const secure = parts.tls.secure(parts.certificates.of(listener));
    yield await at(listener, () => listenHttp({ ...httpOptions(parts, listener), secure }));
  }
}

function linkOptions(parts: ListenerParts, listener: ListenerConfig): ListenOptions {
  const { host, port } = listener;
  return {
    host,
    port,
    accept: parts.broker.accept.bind(parts.broker),
    front: frontOf(parts, listener),
    onWarning: (message) => parts.log.warn(message),
  };
}

function httpOptions(parts: ListenerParts, listener: ListenerConfig): HttpServerOptions {
  const { host, port } = listener;
  const front = frontOf(parts, listener);
  return {
    host,
    port,
    ...parts.http,
    front: front && { hold: (server) => holdConnections(server, front), originOf },
    onWarning: (message) => parts.log.warn(message),
  };
}

/** What reads the headers of a listener's proxies, if it has any. */
function frontOf({ adapters, log, headersMax }: ListenerParts, { proxiesFrom }: ListenerConfig) {
  return proxiesFrom && adapters.proxyFront({
    from: proxiesFrom,
    onRefused(address, reason) {
      // From this machine come the probes by which listeners are watched.
      const level = isLoopbackAddress(address) ? "debug" : "warn";
      log[level]("connection refused", { event: "proxy_refused", address, reason });
    },
  }, headersMax);
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
