import { type Context, Hono } from "hono";
import { BodyReader } from "../body.ts";
import type { HttpEnvironment } from "../environment.ts";
import { openApiDocument } from "../openapi.ts";
import type { SessionDirectory } from "../ports.ts";
import type { OperatorDirectory, OperatorProofs } from "../operator_proofs.ts";
import { HttpProblem } from "../problem.ts";
import { admitOperator } from "./admission.ts";
import { ApplyDesk } from "./apply_desk.ts";
import { armErrorOf, ArmPaths } from "./arm.ts";
import { AuditDesk } from "./audit_desk.ts";
import { AuditTrail } from "./audit_trail.ts";
import { CertificateDesk } from "./certificate_desk.ts";
import { type AdminAnswer, type AdminHandler, type AdminRequest, requestOf, responseOf } from "./exchange.ts";
import { JsonBodies } from "./json_body.ts";
import type { AuditLog, ResourceFiles, ServerCertificates } from "./ports.ts";
import { managedTypeOf, ResourceDesk, type ResourceDeskOptions } from "./resource_desk.ts";
import { SessionDesk } from "./session_desk.ts";
import { TokenDesk, type TokenKeeper } from "./token_desk.ts";

/** What the management API needs. */
export interface AdminOptions extends ResourceDeskOptions, OperatorProofs {
  readonly operators: OperatorDirectory & TokenKeeper;
  readonly sessions: SessionDirectory;
  readonly files: ResourceFiles;
  readonly audit: AuditLog;
  readonly certificates: ServerCertificates;
  /** Of this program, for the description of the API. */
  readonly version: string;
  readonly limits?: AdminLimits;
  /** Told of every failure that is ours; the caller is told only that there was one. */
  readonly onFailure: (error: unknown) => void;
}

/** Bounds on the bodies of the management API; 413 beyond. */
export interface AdminLimits {
  readonly bodyBytesMax: number;
  /** Resource files that are applied together. */
  readonly applyBytesMax: number;
  /** All bodies that are being received; 503 beyond. */
  readonly bodiesBytesMax: number;
}

const MIB = 1024 * 1024;
export const ADMIN_LIMITS: AdminLimits = {
  bodyBytesMax: MIB,
  applyBytesMax: 16 * MIB,
  bodiesBytesMax: 32 * MIB,
};

/**
 * The management API: the long paths of Azure's API and the short ones under `/v1`, over the same handlers. It is
 * open to operators and to nobody else, from wherever a request comes.
 */
export function adminRoutes(options: AdminOptions): Hono<HttpEnvironment> {
  const { limits = ADMIN_LIMITS } = options;
  const bodies = new JsonBodies(new BodyReader(limits));
  const applied = new JsonBodies(new BodyReader({ ...limits, bodyBytesMax: limits.applyBytesMax }));
  const desk = new ResourceDesk(options);
  const arm = new ArmPaths(desk, options);
  const short = shortPaths(desk, options);
  const apply = new ApplyDesk(options.files);
  const answer = (handler: AdminHandler, read = bodies) => async (context: Context<HttpEnvironment>) => {
    const admit = () => admitOperator(options, context.env.incoming);
    const parts = { operator: await admit(), bodies: read, admitAgain: admit };
    return responseOf(await handler(requestOf(context, parts)));
  };
  const description = JSON.stringify(openApiDocument(options));
  return new Hono<HttpEnvironment>()
    .all("/v1/apply", answer((request) => apply.answer(request), applied))
    .all("/v1/*", answer(short))
    .all("/subscriptions/*", inArmErrors(answer((request) => arm.answer(request)), options))
    .get(
      "/openapi.json",
      (context) => context.body(description, 200, { "content-type": "application/json" }),
    );
}

/** The paths under `/v1`. */
function shortPaths(desk: ResourceDesk, options: AdminOptions): AdminHandler {
  const { readNameFilter } = options;
  const trail = new AuditTrail(options.audit);
  const sessions = new SessionDesk(options.sessions, { readNameFilter, trail });
  const tokens = new TokenDesk(options.operators);
  const audit = new AuditDesk(options.audit, readNameFilter);
  const certificates = new CertificateDesk(options.certificates, trail);
  return async (request) => {
    const [, first = "", name, ...rest] = request.segments;
    if (name === "") throw notFound();
    if (first === "sessions" && name !== undefined && rest.join("/") === "queue") {
      return await sessions.queue(name, request);
    }
    if (rest.length > 0) throw notFound();
    if (first === "certificates" && name === "reload") return await certificates.reload(request);
    if (first === "audit" && name === undefined) return await audit.list(request);
    if (first === "operatorTokens") {
      return name === undefined ? await tokens.all(request) : await tokens.one(name, request);
    }
    if (first === "sessions" || first === "connections") {
      return name === undefined
        ? await sessions.list(first, request)
        : await sessions.one(first, name, request);
    }
    return await resourceAnswer(desk, request, options);
  };
}

async function resourceAnswer(
  desk: ResourceDesk,
  request: AdminRequest,
  { identity }: AdminOptions,
): Promise<AdminAnswer> {
  const [, first = "", name] = request.segments;
  const type = managedTypeOf(first);
  if (type === undefined) throw notFound();
  if (type !== "namespace") {
    return name === undefined ? await desk.list(type, request) : await desk.one(type, name, request);
  }
  if (name !== undefined) throw notFound();
  return await desk.one(type, identity.namespace, request);
}

/** The long paths tell in Azure's shape what the short ones tell in problem documents. */
function inArmErrors(
  answer: (context: Context<HttpEnvironment>) => Promise<Response>,
  { onFailure }: AdminOptions,
) {
  return async (context: Context<HttpEnvironment>) => {
    try {
      return await answer(context);
    } catch (error) {
      if (error instanceof HttpProblem) return armErrorOf(error);
      onFailure(error);
      return armErrorOf(
        new HttpProblem("internal-error", { detail: "Cannot serve the request: see the broker's log" }),
      );
    }
  };
}

function notFound(): HttpProblem {
  return new HttpProblem("not-found", { detail: "Cannot find anything at this path" });
}
