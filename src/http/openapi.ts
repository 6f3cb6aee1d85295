/** The description of the management API (OpenAPI 3.1), made from the schemas that read its bodies. */

import { z } from "zod";
import { auditEntrySchema } from "./admin/audit_desk.ts";
import { applySchema } from "./admin/apply_desk.ts";
import { type ManagedResources, type ManagedType, managedTypes } from "./admin/ports.ts";
import { PROVIDER } from "./admin/representation.ts";
import { newTokenSchema } from "./admin/token_desk.ts";
import { PROBLEM_MEDIA_TYPE } from "./problem.ts";

/** What the description is made from. */
export interface OpenApiSources {
  readonly registry: Pick<ManagedResources, "kinds">;
  /** Of this program. */
  readonly version: string;
}

type Json = Readonly<Record<string, unknown>>;

const ARM_NAMESPACE =
  `/subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/${PROVIDER}/namespaces/{namespace}`;

/** The description, ready to be written as JSON. */
export function openApiDocument({ registry, version }: OpenApiSources): Json {
  return {
    openapi: "3.1.0",
    info: {
      title: "Heliograph management API",
      version,
      description: "Resources, sessions and operator tokens of a Heliograph broker.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    security: [{ operatorToken: [] }],
    paths: {
      ...resourcePaths(),
      ...sessionPaths(),
      ...tokenPaths(),
      ...applyPaths(),
      ...auditPaths(),
      ...certificatePaths(),
    },
    components: {
      securitySchemes: { operatorToken: { type: "http", scheme: "bearer" } },
      schemas: { ...commonSchemas, ...resourceSchemas(registry) },
      parameters,
      responses: { Problem: problemResponse, ArmError: armErrorResponse },
    },
  };
}

/** The JSON schema of a body as it is sent: what has a default need not be there. */
export function bodySchema(schema: z.ZodType): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    // The input of a preprocessing step is anything at all; what comes out of it is what has to be sent.
    io: "output",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod;
      if (def.type !== "object") return;
      delete jsonSchema.required;
      const { shape } = def as z.core.$ZodObjectDef;
      const required = Object.keys(shape).filter((key) => isRequired(shape[key]));
      if (required.length > 0) jsonSchema.required = required;
    },
  });
  return json;
}

function isRequired(schema: z.core.$ZodType | undefined): boolean {
  return schema !== undefined && !z.core.safeParse(schema, undefined).success;
}

function resourceSchemas({ kinds }: Pick<ManagedResources, "kinds">): Json {
  return Object.fromEntries(managedTypes.flatMap((type) => {
    const properties = bodySchema(kinds[type].schema);
    return [
      [inputName(type), { type: "object", properties: { properties }, required: requiredOf(type) }],
      [outputName(type), shownSchema(properties)],
      [listName(type), listOf(outputName(type))],
    ];
  }));
}

/** The namespace can be left as it is. */
function requiredOf(type: ManagedType): string[] {
  return type === "namespace" ? [] : ["properties"];
}

/** A resource as it is given: with more than can be set, and without a password. */
function shownSchema(input: Json): Json {
  const { additionalProperties: _, required: __, ...rest } = input;
  const { password: ___, ...properties } = rest["properties"] as Json;
  const provisioningState = { type: "string", const: "Succeeded" };
  const text = { type: "string" };
  return {
    type: "object",
    properties: {
      id: text,
      name: text,
      type: text,
      properties: { ...rest, properties: { ...properties, provisioningState } },
    },
    required: ["id", "name", "type", "properties"],
  };
}

function listOf(item: string): Json {
  return {
    type: "object",
    properties: {
      value: { type: "array", items: ref(item) },
      nextLink: { type: "string", format: "uri", description: "The next page; absent on the last one." },
    },
    required: ["value"],
  };
}

const parameters: Json = {
  top: {
    name: "$top",
    in: "query",
    description: "Items on a page.",
    schema: { type: "integer", minimum: 1, maximum: 1000, default: 100 },
  },
  filter: {
    name: "$filter",
    in: "query",
    description: "By name, as contains(name, 'sensor') and not (name eq 'sensor-1').",
    schema: { type: "string" },
  },
  skipToken: { name: "$skipToken", in: "query", description: "From a nextLink.", schema: { type: "string" } },
  ifMatch: { name: "If-Match", in: "header", schema: { type: "string" } },
  ifNoneMatch: { name: "If-None-Match", in: "header", schema: { type: "string" } },
  apiVersion: { name: "api-version", in: "query", schema: { type: "string", examples: ["2025-02-15"] } },
};

const commonSchemas: Json = {
  Problem: {
    type: "object",
    description: "RFC 9457.",
    properties: {
      type: { type: "string", format: "uri" },
      title: { type: "string" },
      status: { type: "integer" },
      detail: { type: "string" },
      code: { type: "string" },
      faults: { type: "array", items: { type: "object" } },
    },
    required: ["type", "title", "status", "detail", "code"],
  },
  ArmError: {
    type: "object",
    properties: {
      error: {
        type: "object",
        properties: {
          code: { type: "string" },
          message: { type: "string" },
          details: { type: "array", items: { type: "object" } },
        },
        required: ["code", "message"],
      },
    },
    required: ["error"],
  },
  Session: bodySchema(z.object({
    clientId: z.string(),
    authenticationName: z.string().optional(),
    connected: z.boolean(),
    address: z.string().optional(),
    protocol: z.string().optional(),
    transport: z.string().optional(),
    subscriptions: z.int().min(0),
    queue: z.object({ messages: z.int().min(0), bytes: z.int().min(0) }),
    inFlight: z.int().min(0),
    drops: z.record(z.string(), z.int().min(0)),
    subscriptionList: z.array(z.object({ topicFilter: z.string(), qos: z.int().min(0).max(2) })).optional(),
  })),
  SessionList: listOf("Session"),
  NewOperatorToken: bodySchema(newTokenSchema),
  OperatorToken: bodySchema(z.object({
    id: z.string(),
    role: z.string(),
    description: z.string(),
    createdAt: z.iso.datetime(),
    revokedAt: z.iso.datetime().optional(),
    token: z.string().optional(),
  })),
  OperatorTokenList: listOf("OperatorToken"),
  AuditEntry: bodySchema(auditEntrySchema),
  AuditEntryList: listOf("AuditEntry"),
  CertificateReload: bodySchema(z.object({ certificate: z.string(), fault: z.string().optional() })),
  CertificateReloadList: listOf("CertificateReload"),
  Apply: bodySchema(applySchema),
  Applied: { type: "object", properties: { applied: { type: "boolean" }, text: { type: "string" } } },
};

const problemResponse: Json = {
  description: "Why the request did not succeed.",
  content: { [PROBLEM_MEDIA_TYPE]: { schema: ref("Problem") } },
};
const armErrorResponse: Json = {
  description: "Why the request did not succeed.",
  content: { "application/json": { schema: ref("ArmError") } },
};

/** Who tells of errors in which shape. */
type Errors = "Problem" | "ArmError";

function resourcePaths(): Json {
  const paths: Record<string, Json> = {};
  for (const type of managedTypes) {
    const own = type === "namespace";
    const [short, long] = own
      ? ["/v1/namespace", ARM_NAMESPACE]
      : [`/v1/${type}`, `${ARM_NAMESPACE}/${type}`];
    if (!own) {
      paths[short] = listPath(type, "Problem");
      paths[long] = listPath(type, "ArmError", long);
    }
    paths[own ? short : `${short}/{name}`] = resourcePath(type, "Problem", own ? [] : ["name"]);
    paths[own ? long : `${long}/{name}`] = resourcePath(type, "ArmError", [
      ...variablesOf(long),
      ...own ? [] : ["name"],
    ]);
  }
  return paths;
}

function listPath(type: ManagedType, errors: Errors, path = ""): Json {
  return {
    parameters: pathParameters(errors, variablesOf(path)),
    get: {
      operationId: operationId("list", type, errors),
      parameters: ["top", "filter", "skipToken"].map(parameterRef),
      responses: responses(200, listName(type), errors),
    },
  };
}

function resourcePath(type: ManagedType, errors: Errors, variables: readonly string[]): Json {
  const write = (verb: string) => ({
    operationId: operationId(verb, type, errors),
    parameters: ["ifMatch", "ifNoneMatch"].map(parameterRef),
    requestBody: jsonBody(inputName(type)),
    responses: { ...responses(200, outputName(type), errors), ...verb === "put" ? created(type) : {} },
  });
  return {
    parameters: pathParameters(errors, variables),
    get: {
      operationId: operationId("get", type, errors),
      responses: responses(200, outputName(type), errors),
    },
    put: write("put"),
    patch: write("patch"),
    ...type === "namespace" ? {} : { delete: deletion(operationId("delete", type, errors), errors) },
  };
}

function sessionPaths(): Json {
  const queue = {
    parameters: pathParameters("Problem", ["clientId"]),
    delete: deletion("clear-queue", "Problem"),
  };
  return { ...sessionListPaths(), "/v1/sessions/{clientId}/queue": queue };
}

function sessionListPaths(): Json {
  return Object.fromEntries(["connections", "sessions"].flatMap((kind) => [
    [`/v1/${kind}`, {
      get: {
        operationId: `list-${kind}`,
        parameters: ["top", "filter", "skipToken"].map(parameterRef),
        responses: responses(200, "SessionList", "Problem"),
      },
    }],
    [`/v1/${kind}/{clientId}`, {
      parameters: pathParameters("Problem", ["clientId"]),
      get: { operationId: `get-${kind}`, responses: responses(200, "Session", "Problem") },
      delete: deletion(`delete-${kind}`, "Problem"),
    }],
  ]));
}

function tokenPaths(): Json {
  return {
    "/v1/operatorTokens": {
      get: { operationId: "list-operatorTokens", responses: responses(200, "OperatorTokenList", "Problem") },
      post: {
        operationId: "create-operatorToken",
        requestBody: jsonBody("NewOperatorToken"),
        responses: responses(201, "OperatorToken", "Problem"),
      },
    },
    "/v1/operatorTokens/{id}": {
      parameters: pathParameters("Problem", ["id"]),
      delete: deletion("revoke-operatorToken", "Problem"),
    },
  };
}

function applyPaths(): Json {
  return {
    "/v1/apply": {
      post: {
        operationId: "apply",
        requestBody: jsonBody("Apply"),
        responses: responses(200, "Applied", "Problem"),
      },
    },
  };
}

function auditPaths(): Json {
  return {
    "/v1/audit": {
      get: {
        operationId: "list-audit",
        parameters: ["top", "filter", "skipToken"].map(parameterRef),
        responses: responses(200, "AuditEntryList", "Problem"),
      },
    },
  };
}

function certificatePaths(): Json {
  return {
    "/v1/certificates/reload": {
      post: {
        operationId: "reload-certificates",
        responses: responses(200, "CertificateReloadList", "Problem"),
      },
    },
  };
}

function deletion(id: string, errors: Errors): Json {
  return {
    operationId: id,
    responses: { 204: { description: "It is gone." }, default: { $ref: `#/components/responses/${errors}` } },
  };
}

function responses(status: number, schema: string, errors: Errors): Json {
  return {
    [status]: { description: "It is done.", content: { "application/json": { schema: ref(schema) } } },
    default: { $ref: `#/components/responses/${errors}` },
  };
}

function created(type: ManagedType): Json {
  if (type === "namespace") return {};
  const content = { "application/json": { schema: ref(outputName(type)) } };
  return { 201: { description: "It is there now.", content } };
}

function jsonBody(schema: string): Json {
  return { required: true, content: { "application/json": { schema: ref(schema) } } };
}

function pathParameters(errors: Errors, variables: readonly string[]): Json[] {
  const inPath = variables.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } }));
  return errors === "ArmError" ? [...inPath, parameterRef("apiVersion")] : inPath;
}

function variablesOf(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name]) => name ?? []);
}

function operationId(verb: string, type: ManagedType, errors: Errors): string {
  return `${errors === "ArmError" ? "arm-" : ""}${verb}-${type}`;
}

function parameterRef(name: string): Json {
  return { $ref: `#/components/parameters/${name}` };
}

function ref(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}

function inputName(type: ManagedType): string {
  return `${type}-input`;
}

function outputName(type: ManagedType): string {
  return `${type}-resource`;
}

function listName(type: ManagedType): string {
  return `${type}-list`;
}
