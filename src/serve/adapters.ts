/** What `main.ts` hands in, so that no other file knows an adapter. */
import type { CertificateInspector } from "../access/ca_certificate.ts";
import type { EndpointInspector, IssuerKeyInspector } from "../access/client_authentication.ts";
import type { ResourceStore } from "../access/resource_store.ts";
import type { PasswordHasher } from "../access/user.ts";
import type { PollSockets } from "../broker/pace.ts";
import type { AddressRange } from "../config/address_range.ts";
import type { Config } from "../config/schema.ts";
import type { OperatorAt, OperatorByToken } from "../http/operator_proofs.ts";
import type { AuditLog } from "../http/admin/ports.ts";
import type { OperatorTokenStore } from "../http/operator.ts";
import type { Secure, Upgrade } from "../http/server.ts";
import type { PromptIdentifier, VouchedIdentifiers } from "../identity/authentication.ts";
import type { ClientDirectory, UserDirectory } from "../identity/directory.ts";
import type { Identifier } from "../identity/identifier.ts";
import type { TrustDirectory } from "../identity/trust.ts";
import type { VoucherMetrics } from "../observe/voucher_metrics.ts";
import type { Store } from "../store/store.ts";
import type { Certificates } from "../transport/certificates.ts";
import type { Front } from "../transport/front.ts";
import type { Accept, Listener } from "../transport/listener.ts";

/** Where resources, operator tokens and the audit log outlive the process. */
export interface ManagementStore {
  readonly resources: ResourceStore;
  readonly operatorTokens: OperatorTokenStore;
  readonly audit: AuditLog;
  /** Comes before the store is closed. */
  close(): void;
}

/** A listener of bare MQTT. */
export interface ListenOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly accept: Accept;
  /** Absent where clients connect themselves. */
  readonly front?: Front | undefined;
  /** Told of faults that an operator should hear of, in words. */
  readonly onWarning: (message: string) => void;
}

/** What listeners over TLS are made with, once it is known how many handshakes may be under way. */
export interface TlsAdapter {
  listen(
    options: ListenOptions & {
      readonly certificates: Certificates;
      readonly onHandshakeFailed: (address: string, reason: string) => void;
    },
  ): Promise<Listener>;
  /** What makes a listener of HTTP one over TLS. */
  secure(certificates: Certificates): Secure;
}

/** Who is believed when they say where connections come from. */
export interface ProxyRules {
  readonly from: readonly AddressRange[];
  /** Told of each connection that was not taken, and why. */
  readonly onRefused: (address: string, reason: string) => void;
}

/** Bounds of what WebSocket links hold beside the core. */
export interface WebSocketLimits {
  readonly messageBytesMax: number;
  readonly strangerBytesMax: number;
  readonly strangersBytesMax: number;
}

/** The ways to prove an identity. */
export interface Identifiers {
  readonly certificates: PromptIdentifier;
  readonly passwords: Identifier;
}

/** Everything that touches the world, by what it is for. */
export interface Adapters {
  readonly pollSockets: () => Promise<PollSockets>;
  /** @throws {StoreLocked | StoreUnusable} */
  openStore(config: Config): Promise<Store>;
  /**
   * In the data directory that `openStore` has taken.
   *
   * @throws {StoreUnusable}
   */
  openManagement(config: Config): ManagementStore;
  readonly passwords: PasswordHasher;
  readonly inspector: CertificateInspector;
  readonly issuerKeys: IssuerKeyInspector;
  /** What looks at endpoints of webhooks, by what the configuration has to show them. */
  endpoints(config: Config): EndpointInspector;
  identifiers(directory: ClientDirectory & UserDirectory): Identifiers;
  /** @throws {SecretUnreadable} if a file that the configuration names cannot be read */
  vouched(trust: TrustDirectory, config: Config, metrics: VoucherMetrics): Promise<VouchedIdentifiers>;
  /**
   * Who is an operator by certificate; `undefined` where nobody is.
   *
   * @throws {CertificateUnusable} if the CAs of operators cannot be read
   */
  operatorCertificates(config: Config): Promise<OperatorAt | undefined>;
  /**
   * Who is an operator by a token of an OIDC issuer; `undefined` where nobody is.
   *
   * @throws {SecretUnreadable} if the CAs that the issuer is asked with cannot be read
   */
  operatorTokens(config: Config, metrics: VoucherMetrics): Promise<OperatorByToken | undefined>;
  /** @throws the system's error if it cannot listen there */
  listenTcp(options: ListenOptions): Listener;
  /**
   * @param handshakesMax under way at once, on all listeners together
   * @param domains certificates of further host names
   */
  tls(handshakesMax: number, domains: ReadonlyMap<string, Certificates>): TlsAdapter;
  /** What reads the headers of proxies; at most `underWayMax` at once. */
  proxyFront(rules: ProxyRules, underWayMax: number): Front;
  /** What answers an upgrade to WebSocket. */
  webSocket(accept: Accept, limits: WebSocketLimits): Upgrade;
}
