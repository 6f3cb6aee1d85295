/**
 * Heliograph, the program: the only file that knows every adapter.
 */
import { peerTlsOf } from "./transport/tls/peer.ts";
import { exitCode } from "./cli/exit_code.ts";
import { runCommandLine } from "./cli/command_line.ts";
import type { ServeOptions } from "./cli/serve.ts";
import { oidcOperatorsOf } from "./config/operators.ts";
import type { Config } from "./config/schema.ts";
import { hasCredential } from "./config/webhook.ts";
import type { OperatorAt, OperatorByToken } from "./http/operator_proofs.ts";
import { AcceptWatch } from "./http/accept_watch.ts";
import { PasswordIdentifier } from "./identity/password/mod.ts";
import { PasswordHasher } from "./identity/password/password_hasher.ts";
import { CustomTokenIdentifier } from "./identity/token/custom_identifier.ts";
import { IssuerKeyInspector } from "./identity/token/issuer_key_inspector.ts";
import { OidcOperators } from "./identity/token/oidc_operators.ts";
import { OidcIdentifier } from "./identity/token/oidc_identifier.ts";
import { ClientCredentials } from "./identity/webhook/client_credentials.ts";
import { type EndpointCredential, StaticBearer } from "./identity/webhook/credential.ts";
import { EndpointInspector } from "./identity/webhook/endpoint_inspector.ts";
import { WebhookIdentifier } from "./identity/webhook/webhook_identifier.ts";
import { CertificateIdentifier } from "./identity/x509/mod.ts";
import { AuthorityInspector } from "./identity/x509/registration.ts";
import type { VouchedIdentifiers } from "./identity/authentication.ts";
import type { TrustDirectory } from "./identity/trust.ts";
import { OperatorCertificates } from "./identity/x509/operator_certificates.ts";
import type { Logger } from "./observe/log.ts";
import type { VoucherMetrics } from "./observe/voucher_metrics.ts";
import type { Adapters, TlsAdapter } from "./serve/adapters.ts";
import { orUnreadable, readSecret } from "./serve/secret_file.ts";
import { Serving } from "./serve/serving.ts";
import { refuseStart } from "./serve/start_fault.ts";
import { MemoryStore } from "./store/memory/memory_store.ts";
import { backup } from "./store/sqlite/offline/backup.ts";
import { check } from "./store/sqlite/offline/check.ts";
import { restore } from "./store/sqlite/offline/restore.ts";
import { ManagementDatabase } from "./store/sqlite/resources/management_database.ts";
import { SqliteStore } from "./store/sqlite/sqlite_store.ts";
import type { Store } from "./store/store.ts";
import { readAuthorities } from "./transport/authorities.ts";
import type { Certificates } from "./transport/certificates.ts";
import { PROXY_GATE_LIMITS, ProxyGate } from "./transport/proxy_protocol/gate.ts";
import { type OutgoingFetch, outgoingFetch } from "./transport/outgoing.ts";
import { stopSignal } from "./transport/signal.ts";
import { listenTcp } from "./transport/tcp/listen.ts";
import { socketPoll } from "./transport/tcp/socket_poll.ts";
import { HANDSHAKE_LIMITS, HandshakeGuard } from "./transport/tls/handshake_guard.ts";
import { listenTls } from "./transport/tls/listen.ts";
import { ServerNames } from "./transport/tls/server_names.ts";
import { TlsSecurity } from "./transport/tls/security.ts";
import { FRAME_LIMITS } from "./transport/websocket/frame_budget.ts";
import { webSocketUpgrade } from "./transport/websocket/upgrade.ts";

/** event-grid: RS256 alone; ES256 is our extension. */
const CUSTOM_TOKEN_ALGORITHMS = ["RS256", "ES256"] as const;

const passwords = new PasswordHasher();

const adapters: Adapters = {
  pollSockets: socketPoll,
  openStore,
  openManagement: ({ data, durability }) =>
    durability === "memory" ? ManagementDatabase.inMemory() : ManagementDatabase.open(data),
  passwords,
  inspector: new AuthorityInspector(),
  issuerKeys: new IssuerKeyInspector(CUSTOM_TOKEN_ALGORITHMS),
  endpoints: ({ webhook }) => new EndpointInspector(hasCredential(webhook)),
  identifiers: (directory) => ({
    certificates: new CertificateIdentifier(directory),
    passwords: new PasswordIdentifier(directory, passwords),
  }),
  vouched,
  operatorCertificates,
  operatorTokens,
  listenTcp,
  tls,
  proxyFront: (rules, underWayMax) =>
    new ProxyGate({ ...rules, limits: { ...PROXY_GATE_LIMITS, underWayMax } }),
  webSocket(accept, limits) {
    const upgrade = webSocketUpgrade(accept, { ...FRAME_LIMITS, ...limits });
    return (request, socket, head, from) => {
      const secured = peerTlsOf(socket);
      return upgrade(request, socket, head, secured === undefined ? from : { ...from, tls: secured });
    };
  },
};

/** Serves until it is told to stop; gives the code to exit with. */
async function serve(options: ServeOptions): Promise<number> {
  const { log, announce } = options;
  const serving = new Serving({ ...options, adapters, onFailure: (error) => fail(error, log) });
  try {
    await serving.start();
  } catch (error) {
    await serving.stop();
    return refuseStart(error, log);
  }
  const stopped = stopSignal();
  announce.ready(serving.isOpen);
  const signal = await stopped;
  log.info("stopping", { signal });
  await serving.stop();
  log.info("stopped");
  return exitCode.ok;
}

/** Runs the benchmark, which is loaded only for that. */
async function bench(args: readonly string[]): Promise<number> {
  if ((await Deno.permissions.query({ name: "run" })).state !== "granted") {
    console.error("Cannot start other brokers without the permission to run programs: use `deno task bench`");
    return exitCode.usage;
  }
  const { runBench } = await import("../bench/bench.ts");
  return await runBench(args);
}

/** The store that the configuration asks for. */
async function openStore({ data, durability }: Config): Promise<Store> {
  return durability === "memory"
    ? new MemoryStore()
    : await SqliteStore.open({ directory: data, durability });
}

/** Whose certificate is that of an operator. */
async function operatorCertificates({ operators }: Config): Promise<OperatorAt | undefined> {
  if (operators.certificates.length === 0) return undefined;
  const { authorities } = operators;
  const trusted = authorities === undefined ? [] : await readAuthorities(authorities);
  const certificates = new OperatorCertificates(operators.certificates, trusted);
  return (socket) => certificates.operatorOf(peerTlsOf(socket)?.certificates ?? []);
}

/** Whose token of an OIDC issuer is that of an operator. */
async function operatorTokens(
  config: Config,
  { keySets }: VoucherMetrics,
): Promise<OperatorByToken | undefined> {
  const oidc = oidcOperatorsOf(config.operators.oidc);
  if (oidc === undefined) return undefined;
  const { roleClaim, fullRole, readOnlyRole, ...issuer } = oidc;
  const operators = new OidcOperators({
    issuer,
    roleClaim,
    roles: [[fullRole, "full"], [readOnlyRole, "read-only"]],
    fetch: await trustingFetch(config),
    toleranceSeconds: config.tokens.clockToleranceSeconds,
    onKeySetFetch: (outcome) => keySets.fetched(outcome),
  });
  return (token) => operators.operatorOf(token);
}

/** What asks other servers. */
function trustingFetch({ trustedAuthorities }: Config): Promise<OutgoingFetch> {
  return orUnreadable(
    "trustedAuthorities",
    trustedAuthorities ?? "",
    () => outgoingFetch(trustedAuthorities),
  );
}

/** The ways to come in on somebody else's word, and what asks the servers that are behind them. */
async function vouched(
  trust: TrustDirectory,
  config: Config,
  { webhook: watch, keySets }: VoucherMetrics,
): Promise<VouchedIdentifiers> {
  const { tokens: { clockToleranceSeconds: toleranceSeconds } } = config;
  const fetch = await trustingFetch(config);
  const credential = await endpointCredential(config, fetch);
  const onKeySetFetch = (outcome: string): void => keySets.fetched(outcome);
  return {
    tokens: [
      new OidcIdentifier({ trust, fetch, toleranceSeconds, onKeySetFetch }),
      new CustomTokenIdentifier({ trust, algorithms: CUSTOM_TOKEN_ALGORITHMS, toleranceSeconds }),
    ],
    webhook: new WebhookIdentifier({ trust, fetch, credential, watch }),
  };
}

/** By what the webhook knows us, as it is configured. */
async function endpointCredential(
  { webhook }: Config,
  fetch: OutgoingFetch,
): Promise<EndpointCredential | undefined> {
  const { bearerFile, tokenUrl, clientId, clientSecretFile, scope } = webhook;
  if (bearerFile !== undefined) {
    return new StaticBearer(await readSecret("webhook.bearerFile", bearerFile, Deno.readTextFile));
  }
  if (tokenUrl === undefined || clientId === undefined || clientSecretFile === undefined) return undefined;
  const clientSecret = await readSecret("webhook.clientSecretFile", clientSecretFile, Deno.readTextFile);
  return new ClientCredentials({ tokenUrl, clientId, clientSecret, scope, fetch });
}

/** TLS listeners, which share one bound of handshakes and the certificates of host names. */
function tls(handshakesMax: number, domains: ReadonlyMap<string, Certificates>): TlsAdapter {
  const guard = new HandshakeGuard({ ...HANDSHAKE_LIMITS, underWayMax: handshakesMax });
  const names = domains.size === 0 ? undefined : new ServerNames(domains);
  const security = (certificates: Certificates) => new TlsSecurity(certificates, { guard, names });
  return {
    listen: ({ certificates, ...options }) =>
      listenTls({
        ...options,
        security: security(certificates),
        keepAccepting: (server, at) => new AcceptWatch(server, at),
      }),
    secure: security,
  };
}

/** A core that has panicked cannot go on, and half a broker is worse than none: the supervisor starts another. */
function fail(error: unknown, log: Logger): never {
  log.error("the broker has failed", {
    error: error instanceof Error ? error.stack ?? error.message : String(error),
  });
  Deno.exit(exitCode.internal);
}

// The last line, so that everything above is there when it runs.
if (import.meta.main) {
  const store = { backup, restore, check };
  Deno.exit(await runCommandLine(Deno.args, { serve, bench, store, management: true }));
}
