/** How a key is declared that says where to listen, and with which certificates. */
import { z } from "zod";
import { type AddressRange, addressRangeExpected, parseAddressRange } from "./address_range.ts";
import { declare, path } from "./key.ts";
import { parseSocketAddress, type SocketAddress } from "./socket_address.ts";

/** Where a listener is, and who may speak for whoever connects to it. */
export interface ListenerConfig extends SocketAddress {
  /** The proxies that begin each connection with a PROXY header. Absent where clients connect themselves. */
  readonly proxiesFrom?: readonly AddressRange[] | undefined;
}

/** A TLS listener, and whose certificate it shows. */
export interface TlsListenerConfig extends ListenerConfig {
  /** PEM: the certificate, and behind it what leads to a root. `undefined` for the one of all TLS listeners. */
  readonly certificate: string | undefined;
  /** PEM: the key of that certificate. */
  readonly key: string | undefined;
}

/** The certificate of one host name. */
export interface DomainConfig {
  /** In lower case. */
  readonly host: string;
  readonly certificate: string;
  readonly key: string;
}

const range = z.string().transform((text, context) => {
  const parsed = parseAddressRange(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: "custom", message: addressRangeExpected(text) });
  return z.NEVER;
});
const plain = z.strictObject({
  address: z.string(),
  proxyProtocol: z.strictObject({ from: z.array(range).min(1) }).optional(),
});
const secured = z.strictObject({
  ...plain.shape,
  certificate: path().optional(),
  key: path().optional(),
}).refine(({ certificate, key }) => (certificate === undefined) === (key === undefined));

/** A list of `HOST:PORT`, or of mappings that name proxies as well. */
export function addresses(preset: string, reason: string) {
  const expected = "HOST:PORT, such as 127.0.0.1:1883 or [::1]:1883, or a mapping such as " +
    "{address: 0.0.0.0:1883, proxyProtocol: {from: [10.0.0.0/8]}}";
  const listener = z.unknown().transform((value, context): ListenerConfig => {
    const { data: said, error } = plain.safeParse(typeof value === "string" ? { address: value } : value);
    const listens = said === undefined ? undefined : listenerOf(said);
    if (listens !== undefined) return listens;
    context.addIssue({ code: "custom", message: expectedOfProxies(error) ?? expected });
    return z.NEVER;
  });
  return declare(z.array(listener, { error: `a list of ${expected}` }).prefault([preset]), {
    expected,
    reason,
  });
}

/** A list of `HOST:PORT`, or of mappings that name a certificate or proxies as well; none unless told otherwise. */
export function tlsAddresses(reason: string) {
  const expected =
    "HOST:PORT, or a mapping such as {address: 0.0.0.0:8883, certificate: a.pem, key: a.key}, " +
    "with proxyProtocol as above";
  const listener = z.unknown().transform((value, context): TlsListenerConfig => {
    const { data: said, error } = secured.safeParse(typeof value === "string" ? { address: value } : value);
    const listens = said === undefined ? undefined : listenerOf(said);
    if (said !== undefined && listens !== undefined) {
      const { certificate, key } = said;
      return { ...listens, certificate, key };
    }
    context.addIssue({ code: "custom", message: expectedOfProxies(error) ?? expected });
    return z.NEVER;
  });
  return declare(z.array(listener, { error: `a list of ${expected}` }).prefault([]), { expected, reason });
}

const HOST = /^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/** A list of host names with their certificates; none unless told otherwise. */
export function domains(reason: string) {
  const expected = "a mapping such as {host: mqtt.example.com, certificate: a.pem, key: a.key}";
  const domain = z.strictObject({
    host: z.string({ error: expected }).toLowerCase().regex(HOST, { error: expected }),
    certificate: path(),
    key: path(),
  }, { error: expected });
  const list = z.array(domain, { error: `a list of ${expected}` })
    .refine((all) => new Set(all.map(({ host }) => host)).size === all.length, { error: "each host once" });
  return declare(list.prefault([]), { expected, reason });
}

/** What would be right in place of a network that is none; of all else, the form of the whole says it. */
function expectedOfProxies(error: z.ZodError | undefined): string | undefined {
  const issue = error?.issues.find(({ code, path: [key] }) => code === "custom" && key === "proxyProtocol");
  return issue && `${issue.message}, in proxyProtocol.from`;
}

function listenerOf({ address, proxyProtocol }: z.output<typeof plain>): ListenerConfig | undefined {
  const parsed = parseSocketAddress(address);
  if (parsed === undefined || proxyProtocol === undefined) return parsed;
  return { ...parsed, proxiesFrom: proxyProtocol.from };
}
