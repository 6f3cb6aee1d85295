import { type AnonymousAccess, anonymousAccess } from "../access/anonymous.ts";
import { FileFaults } from "../access/file_fault.ts";
import { accessLimits } from "../access/limits.ts";
import { Registry } from "../access/registry.ts";
import { Broker } from "../broker/broker.ts";
import type { ServeOptions } from "../cli/serve.ts";
import { version } from "../cli/version.ts";
import { entraOf } from "../config/entra.ts";
import { hostNames } from "../config/host_names.ts";
import { limitNumbers } from "../config/limits.ts";
import type { TextFile } from "../config/yaml_file.ts";
import { OperatorTokens } from "../http/operator.ts";
import { Authentication, type VouchedIdentifiers } from "../identity/authentication.ts";
import { ProofOfIdentity } from "../identity/proof_of_identity.ts";
import type { TrustDirectory } from "../identity/trust.ts";
import { VoucherMetrics } from "../observe/voucher_metrics.ts";
import type { Store } from "../store/store.ts";
import { connectionsWithin, handshakesWithin } from "../transport/descriptors.ts";
import type { Listener } from "../transport/listener.ts";
import type { Adapters, ManagementStore } from "./adapters.ts";
import { httpSide } from "./http_side.ts";
import { listen } from "./listeners.ts";
import { RegisteredDirectory } from "./registered_directory.ts";
import { RegisteredTrust } from "./registered_trust.ts";
import { applyAtStart } from "./resource_files.ts";
import { RecoveryFailed, ResourceFileUnusable } from "./start_fault.ts";
import { TlsCertificates } from "./tls_certificates.ts";

/** TLS handshakes under way, on all listeners together; the next one ends the oldest or is refused. */
const HANDSHAKES_MAX = 1024;

/** PROXY headers under way, on all listeners together; the next connection is closed. */
const PROXY_HEADERS_MAX = 1024;

/** What a broker is made of beside its options. */
export interface ServingOptions extends ServeOptions {
  readonly adapters: Adapters;
  /** The core has stopped, or we have: nothing can go on. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * A broker with everything around it: started once, in an order in which nobody is let in before it is known who may
 * come in, and stopped once, from wherever the start has come to.
 */
export class Serving {
  readonly #options: ServingOptions;
  readonly #listeners: Listener[] = [];
  #certificates: TlsCertificates | undefined;
  #store: Store | undefined;
  #broker: Broker | undefined;
  #management: ManagementStore | undefined;
  #anonymous: () => AnonymousAccess = () => "off";

  constructor(options: ServingOptions) {
    this.#options = options;
  }

  /**
   * Starts all of it; clients are served when it resolves.
   *
   * @throws what `refuseStart` tells of
   */
  async start(): Promise<void> {
    const { config, log, announce, adapters } = this.#options;
    // First, since it can fail by a slip of the hand and leaves nothing behind.
    const certificates = this.#certificates = await TlsCertificates.load(config, log);
    const operatorAt = await adapters.operatorCertificates(config);
    const voucherMetrics = new VoucherMetrics();
    const operatorByToken = await adapters.operatorTokens(config, voucherMetrics);
    const handshakesMax = this.#hasTls() ? handshakesWithin(HANDSHAKES_MAX) : 0;
    const headersMax = this.#fronted === 0
      ? 0
      : Math.ceil(handshakesWithin(PROXY_HEADERS_MAX) / this.#fronted);
    const store = this.#store = await adapters.openStore(config);
    const management = this.#management = adapters.openManagement(config);
    const { audit } = management;
    const operators = await this.#operators(management);
    const registry = await this.#registry(management);
    const configured = config.anonymous ?? (entraOf(config.entra) === undefined ? undefined : "off");
    const anonymous = this.#anonymous = () => anonymousAccess(configured, registry.resources);
    const trust = new RegisteredTrust(registry.resources, {
      entra: entraOf(config.entra),
      hostnames: hostNames(config),
    });
    this.#warnOfWebhook(trust);
    const vouched = await adapters.vouched(trust, config, voucherMetrics);
    const broker = await this.#recoveredBroker(store, handshakesMax + headersMax * this.#fronted);
    // In the same turn: until then every session that was kept may do everything, also by its will.
    this.#govern(broker, registry, { anonymous, vouched });
    const managed = { registry, operators, operatorAt, operatorByToken, audit, certificates, voucherMetrics };
    const http = httpSide({ config, log, broker, anonymous, ...managed }, adapters);
    const tls = adapters.tls(handshakesMax, certificates.domains);
    const parts = { config, log, broker, http, certificates, tls, adapters, headersMax };
    for await (const listener of listen(parts)) {
      this.#listeners.push(listener);
      announce.listening(listener);
    }
  }

  /** Whether clients on this machine need no credentials now. */
  get isOpen(): boolean {
    return this.#anonymous() === "loopback";
  }

  /** Stops what is there: says good-bye to clients, lets requests finish, and makes everything durable. */
  async stop(): Promise<void> {
    this.#certificates?.stop();
    const closed = Promise.all(this.#listeners.map((listener) => listener.close()))
      .then(() => this.#management?.close());
    await Promise.all([closed, this.#broker?.stop(closed)]);
    // Whoever drives it closes it; this is for a start that has not come so far.
    await this.#store?.close();
  }

  /**
   * A core that has what the store has kept.
   *
   * @param unopenedMax what holds a descriptor and is no connection yet
   */
  async #recoveredBroker(store: Store, unopenedMax: number): Promise<Broker> {
    const { config: { limits, durability }, log, adapters, onFailure } = this.#options;
    const numbers = new Map<string, number>(limitNumbers(limits))
      .set("connectionsMax", connectionsWithin(limits.connectionsMax, unopenedMax))
      .set("journal", durability === "memory" ? 0 : 1);
    const pollSockets = await adapters.pollSockets();
    const broker = new Broker({
      version: `heliograph version ${version}`,
      limits: numbers,
      store,
      pollSockets,
      log,
      onFailure,
    });
    try {
      await broker.recover();
    } catch (cause) {
      throw new RecoveryFailed(cause instanceof Error ? cause.message : String(cause), { cause });
    }
    return this.#broker = broker;
  }

  /** Who may manage the broker. The token of the first start is told this once, and not to the log. */
  async #operators({ operatorTokens }: ManagementStore): Promise<OperatorTokens> {
    const { operatorToken, announce } = this.#options;
    const operators = await OperatorTokens.open({ store: operatorTokens, given: operatorToken });
    if (operators.made !== undefined) announce.operatorToken(operators.made);
    return operators;
  }

  /** The resources that were kept, with what the file of the start says. */
  async #registry({ resources }: ManagementStore): Promise<Registry> {
    const { config, adapters, resources: file } = this.#options;
    const registry = await Registry.open({
      store: resources,
      limits: accessLimits.standard,
      identity: config.arm,
      passwords: adapters.passwords,
      certificates: adapters.inspector,
      issuerKeys: adapters.issuerKeys,
      endpoints: adapters.endpoints(config),
    });
    if (file !== undefined) await this.#apply(registry, file);
    return registry;
  }

  /** What was registered stays when its credential goes from the configuration. */
  #warnOfWebhook(trust: TrustDirectory): void {
    const { config, log, adapters } = this.#options;
    const url = trust.webhook()?.url;
    const expected = url && adapters.endpoints(config).inspectEndpoint(url);
    if (expected) log.warn("the webhook is not asked: there is no credential for it", { url, expected });
  }

  async #apply(registry: Registry, file: TextFile): Promise<void> {
    const plan = await applyAtStart(registry, file);
    if (plan instanceof FileFaults) throw new ResourceFileUnusable(plan);
    const changed = plan.requests.length;
    this.#options.log.info("resource file applied", {
      file: file.path,
      documents: plan.documents.length,
      changed,
    });
  }

  #govern(
    broker: Broker,
    registry: Registry,
    { anonymous, vouched }: {
      readonly anonymous: () => AnonymousAccess;
      readonly vouched: VouchedIdentifiers;
    },
  ): void {
    const { resources } = registry;
    const directory = new RegisteredDirectory(resources);
    const { certificates, passwords } = this.#options.adapters.identifiers(directory);
    const authenticator = new Authentication({
      proofs: new ProofOfIdentity({ certificates, passwords }),
      certificates,
      vouched,
      clients: directory,
      users: directory,
      anonymous,
      enabled: () => isEnabled(registry),
    });
    broker.govern({ resources, authenticator, anonymous });
    registry.listen((changes) => broker.apply(changes));
  }

  /** How many listeners have a proxy in front. */
  get #fronted(): number {
    const { mqtt, mqtts, http, https } = this.#options.config.listeners;
    return [mqtt, mqtts, http, https].flat().filter(({ proxiesFrom }) => proxiesFrom !== undefined).length;
  }

  #hasTls(): boolean {
    const { mqtts, https } = this.#options.config.listeners;
    return mqtts.length + https.length > 0;
  }
}

/** event-grid: specification §1, clients are served while `topicSpacesConfiguration.state` is `Enabled`. */
function isEnabled({ resources }: Registry): boolean {
  const [namespace] = resources.all("namespace");
  return namespace?.properties.topicSpacesConfiguration.state !== "Disabled";
}
