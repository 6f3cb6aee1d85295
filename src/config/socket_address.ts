/** An address to listen on. */
export interface SocketAddress {
  /** An IPv4 address, an IPv6 address without brackets, or a host name. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

const pattern =
  /^(?:\[(?<ipv6>[0-9a-fA-F:.]+)\]|(?<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)):(?<port>\d{1,5})$/;

/** Reads `HOST:PORT`; an IPv6 address stands in brackets, as in `[::1]:1883`. */
export function parseSocketAddress(text: string): SocketAddress | undefined {
  const groups = pattern.exec(text)?.groups;
  const host = groups?.ipv6 ?? groups?.host;
  const port = Number(groups?.port);
  if (host === undefined || port > 65_535) return undefined;
  return { host, port };
}

/** Writes `HOST:PORT`, the inverse of `parseSocketAddress`. */
export function formatSocketAddress({ host, port }: SocketAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
