import { HttpProblem, type ProblemCode } from "../problem.ts";
import { queryParameter } from "../query.ts";
import { type AdminAnswer, type AdminRequest, refuseMethod } from "./exchange.ts";
import type { ArmIdentity } from "./ports.ts";
import { PROVIDER, representationOf } from "./representation.ts";
import { managedTypeOf, type ResourceDesk, type ResourceDeskOptions } from "./resource_desk.ts";

/** The codes that tools of Azure know; all others are ours in their spelling. */
const CODES: Readonly<Partial<Record<ProblemCode, string>>> = {
  "authentication-required": "AuthenticationFailed",
  "credentials-invalid": "AuthenticationFailed",
  "operator-read-only": "AuthorizationFailed",
  "body-invalid": "InvalidRequestContent",
  "body-incomplete": "InvalidRequestContent",
  "parameter-invalid": "InvalidRequestParameter",
  "resource-invalid": "InvalidRequest",
  "resource-in-use": "Conflict",
  "name-taken": "Conflict",
  "resource-built-in": "Conflict",
  "limit-reached": "QuotaExceeded",
  "not-found": "ResourceNotFound",
  "payload-too-large": "RequestContentTooLarge",
  "internal-error": "InternalServerError",
};

/** What the version of the API looks like. Every version is answered alike. */
const API_VERSION = /^\d{4}-\d{2}-\d{2}(-preview)?$/;

/** Answers the long paths of Azure's API. */
export class ArmPaths {
  readonly #desk: ResourceDesk;
  readonly #options: ResourceDeskOptions;

  constructor(desk: ResourceDesk, options: ResourceDeskOptions) {
    this.#desk = desk;
    this.#options = options;
  }

  /**
   * @throws {HttpProblem} to be told by {@linkcode armErrorOf}
   */
  async answer(request: AdminRequest): Promise<AdminAnswer> {
    checkVersion(request.search);
    const [, subscription = "", , group = "", , , , namespace, child, name, ...rest] = request.segments;
    const { identity } = this.#options;
    if (!isProvider(request.segments) || rest.length > 0) throw notFound(request);
    if (!isSame(subscription, identity.subscription) || !isSame(group, identity.resourceGroup)) {
      throw notFound(request);
    }
    if (namespace === undefined) return this.#namespaces(request);
    if (!isSame(namespace, identity.namespace)) throw notFound(request);
    return await this.#within(request, { child, name });
  }

  async #within(
    request: AdminRequest,
    { child, name }: { readonly child: string | undefined; readonly name: string | undefined },
  ): Promise<AdminAnswer> {
    const { namespace } = this.#options.identity;
    if (child === undefined) return await this.#desk.one("namespace", namespace, request);
    const type = managedTypeOf(child);
    if (type === undefined || type === "namespace") throw notFound(request);
    return name === undefined
      ? await this.#desk.list(type, request)
      : await this.#desk.one(type, name, request);
  }

  #namespaces({ method }: AdminRequest): AdminAnswer {
    if (method !== "GET") refuseMethod("GET, HEAD");
    const { registry, identity } = this.#options;
    const namespace = registry.resources.get("namespace", identity.namespace);
    const value = namespace === undefined ? [] : [representationOf(namespace, this.#options)];
    return { status: 200, body: { value } };
  }
}

/** A problem in the shape of Azure's errors. */
export function armErrorOf({ code, facts, document }: HttpProblem): Response {
  const { detail, faults, headers } = facts;
  const details = faults?.map(({ parameter, detail: message, code: name }) => ({
    code: name === undefined ? armCode(code) : pascal(name),
    target: parameter,
    message,
  }));
  const error = { code: armCode(code), message: detail, ...details === undefined ? {} : { details } };
  return new Response(JSON.stringify({ error }), {
    status: document.status,
    headers: { "content-type": "application/json", ...headers },
  });
}

function armCode(code: ProblemCode): string {
  return CODES[code] ?? pascal(code);
}

/** `precondition-failed` as `PreconditionFailed`. */
function pascal(code: string): string {
  return code.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Whether the fixed segments are where they belong. */
function isProvider(segments: readonly string[]): boolean {
  const fixed = [
    "subscriptions",
    undefined,
    "resourceGroups",
    undefined,
    "providers",
    PROVIDER,
    "namespaces",
  ];
  return fixed.every((wanted, place) => wanted === undefined || isSame(segments[place] ?? "", wanted));
}

/** Azure's names are equal ignoring case. */
function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function checkVersion(search: string): void {
  const version = queryParameter(search, "api-version");
  if (version === undefined || API_VERSION.test(version)) return;
  const detail = "Cannot use this api-version: use a date, such as 2025-02-15";
  throw new HttpProblem("parameter-invalid", { detail, faults: [{ parameter: "api-version", detail }] });
}

function notFound({ segments }: AdminRequest): HttpProblem {
  return new HttpProblem("not-found", { detail: `Cannot find ${JSON.stringify(`/${segments.join("/")}`)}` });
}

/** What the namespace is called until the configuration says otherwise. */
export const armIdentityPreset: ArmIdentity = {
  subscription: "00000000-0000-0000-0000-000000000000",
  resourceGroup: "heliograph",
  namespace: "ns1",
};
