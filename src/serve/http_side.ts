import type { AnonymousAccess } from "../access/anonymous.ts";
import { IpRules } from "../access/ip_rules.ts";
import { parseNameFilter } from "../access/name_filter.ts";
import { spelledProperties } from "../access/namespace.ts";
import type { Registry } from "../access/registry.ts";
import { visibleProperties } from "../access/resource.ts";
import type { Broker } from "../broker/broker.ts";
import { version } from "../cli/version.ts";
import type { Config } from "../config/schema.ts";
import type { AuditLog, ServerCertificates } from "../http/admin/ports.ts";
import { adminRoutes } from "../http/admin/routes.ts";
import { createApp } from "../http/app.ts";
import type { CallerRules } from "../http/caller.ts";
import type { OperatorTokens } from "../http/operator.ts";
import type { OperatorAt, OperatorByToken } from "../http/operator_proofs.ts";
import { HTTP_SERVER_LIMITS, type HttpServerOptions } from "../http/server.ts";
import type { Logger } from "../observe/log.ts";
import { Metrics } from "../observe/metrics.ts";
import type { VoucherMetrics } from "../observe/voucher_metrics.ts";
import type { Adapters } from "./adapters.ts";
import { resourceFiles } from "./resource_files.ts";

/** Bytes of HTTP bodies that are being received, all together. */
const BODIES_BYTES_MAX = 64 * 1024 * 1024;

/** What is served over HTTP. */
export interface HttpSideParts {
  readonly config: Config;
  readonly log: Logger;
  readonly broker: Broker;
  readonly registry: Registry;
  readonly operators: OperatorTokens;
  readonly operatorAt: OperatorAt | undefined;
  readonly operatorByToken: OperatorByToken | undefined;
  readonly audit: AuditLog;
  readonly certificates: ServerCertificates;
  readonly voucherMetrics: VoucherMetrics;
  readonly anonymous: () => AnonymousAccess;
}

/** What all HTTP listeners have in common. */
export type HttpSide = Pick<HttpServerOptions, "app" | "rules" | "upgrade" | "limits">;

/** The application, who may call it, and the way to MQTT over WebSocket. */
export function httpSide(parts: HttpSideParts, adapters: Pick<Adapters, "webSocket">): HttpSide {
  const { config, log, broker, registry, operators, anonymous } = parts;
  const { packetBytesMax, connectPacketBytesMax, preAuthBytesMax } = config.limits;
  const addresses = new IpRules(registry.resources);
  const rules: CallerRules = {
    anonymous,
    // Whoever is on this machine is not asked for.
    isAllowed: (address) => addresses.allow({ address, loopback: false }),
    allowedOrigins: config.allowedOrigins,
    clients: broker.clients,
    proofs: { operators, operatorAt: parts.operatorAt, operatorByToken: parts.operatorByToken },
  };
  const onFailure = (error: unknown): void => log.error("request failed", { error: String(error) });
  const app = createApp({
    publisher: broker,
    rules,
    limits: { bodyBytesMax: packetBytesMax, bodiesBytesMax: BODIES_BYTES_MAX },
    health: broker,
    exposition: new Metrics(broker, parts.voucherMetrics.metrics),
    admin: management(parts, onFailure),
    onFailure,
  });
  const upgrade = adapters.webSocket((link) => broker.accept(link), {
    messageBytesMax: packetBytesMax,
    strangerBytesMax: connectPacketBytesMax,
    strangersBytesMax: preAuthBytesMax,
  });
  return { app, rules, upgrade, limits: HTTP_SERVER_LIMITS };
}

function management(
  { config, broker, registry, operators, operatorAt, operatorByToken, audit, certificates }: HttpSideParts,
  onFailure: (error: unknown) => void,
) {
  return adminRoutes({
    registry,
    operators,
    operatorAt,
    operatorByToken,
    sessions: broker.sessions,
    files: resourceFiles(registry),
    audit,
    certificates,
    readNameFilter: parseNameFilter,
    visibleProperties,
    spelledProperties,
    identity: config.arm,
    hostname: config.hostname,
    version,
    onFailure,
  });
}
