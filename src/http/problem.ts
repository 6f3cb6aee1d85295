/**
 * Problem documents (RFC 9457): what every request is told that did not succeed.
 *
 * `code` is the stable name that programs go by; `type` is the same name as a URI, as the RFC wants one. A new
 * kind of problem is a new line in the table, with the one status it goes with.
 */

const PROBLEMS = {
  "parameter-invalid": { status: 400, title: "A parameter is missing or invalid" },
  "payload-format-invalid": { status: 400, title: "The payload is not what its format indicator says" },
  "message-refused": { status: 400, title: "The broker does not support what the message asks for" },
  "request-invalid": { status: 400, title: "The request is not valid HTTP" },
  "body-invalid": { status: 400, title: "The body cannot be read" },
  "resource-invalid": { status: 400, title: "The resource breaks its rules" },
  "resource-files-invalid": { status: 400, title: "The resource files cannot be applied" },
  "body-incomplete": { status: 400, title: "The body ended before its announced length" },
  "authentication-required": { status: 401, title: "Who calls must be known" },
  "credentials-unsupported": { status: 401, title: "These credentials cannot be checked" },
  "credentials-invalid": { status: 401, title: "These credentials are not valid" },
  "operator-read-only": { status: 403, title: "The operator token may only read" },
  "address-refused": { status: 403, title: "Callers at this address are not served" },
  "origin-refused": { status: 403, title: "Pages of this origin may not use the broker" },
  "host-refused": { status: 403, title: "The broker is not served under this host name" },
  "topic-invalid": { status: 403, title: "This is not a topic that can be published to" },
  "not-authorized": { status: 403, title: "The publisher has no right to this topic" },
  "not-found": { status: 404, title: "There is nothing at this path" },
  "resource-not-found": { status: 404, title: "There is no such resource" },
  "method-not-allowed": { status: 405, title: "This path does not take this method" },
  "request-timeout": { status: 408, title: "The request took too long to arrive" },
  "resource-in-use": { status: 409, title: "Other resources refer to this one" },
  "name-taken": { status: 409, title: "Another resource has the name" },
  "resource-built-in": { status: 409, title: "This resource is always there" },
  "limit-reached": { status: 409, title: "There are as many as there may be" },
  "precondition-failed": { status: 412, title: "The resource is in another version" },
  "payload-too-large": { status: 413, title: "The payload is too large" },
  "quota-exceeded": { status: 429, title: "A quota is used up" },
  "headers-too-large": { status: 431, title: "The request's headers are too large" },
  "internal-error": { status: 500, title: "The broker failed" },
  "degraded": { status: 503, title: "The broker cannot keep what it would promise" },
  "busy": { status: 503, title: "The broker has too much to do" },
  "identity-unavailable": { status: 503, title: "Who calls cannot be said now" },
  "issuer-unavailable": { status: 503, title: "The issuer of the token cannot be asked" },
  "shutting-down": { status: 503, title: "The broker is shutting down" },
} as const satisfies Record<string, { status: number; title: string }>;

/** The stable name of a problem. */
export type ProblemCode = keyof typeof PROBLEMS;

/** One parameter that was refused. */
export interface ParameterFault {
  /** The query parameter or header, as the caller wrote it; of a body, the path of the key. */
  readonly parameter: string;
  readonly detail: string;
  /** Of a resource: the stable name of what is wrong. */
  readonly code?: string;
  /** The character that is wrong, the first one being 0. */
  readonly position?: number;
  /** Of resource files: which one, and which document in it, the first one being 1. */
  readonly file?: string;
  readonly document?: number;
}

/** What is said beside the code. */
export interface ProblemFacts {
  /** What was attempted, and what would be right. */
  readonly detail: string;
  /** Every parameter that is wrong, not only the first. */
  readonly faults?: readonly ParameterFault[];
  /** MQTT's reason code, where the engine refused. */
  readonly reasonCode?: number;
  /** Headers that belong to the status, such as `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A problem document before it is text. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly faults?: readonly ParameterFault[];
  readonly reasonCode?: number;
}

export const PROBLEM_MEDIA_TYPE = "application/problem+json";

/** A request that ends with a problem document; thrown from wherever that is found out. */
export class HttpProblem extends Error {
  readonly code: ProblemCode;
  readonly facts: ProblemFacts;

  constructor(code: ProblemCode, facts: ProblemFacts) {
    super(facts.detail);
    this.name = "HttpProblem";
    this.code = code;
    this.facts = facts;
  }

  /** The headers of the answer, its media type included. */
  get headers(): Record<string, string> {
    return { "content-type": PROBLEM_MEDIA_TYPE, ...this.facts.headers };
  }

  /** The body of the answer. */
  get document(): ProblemDocument {
    const { headers: _, ...facts } = this.facts;
    return problemDocument({ ...PROBLEMS[this.code], code: this.code, ...facts });
  }

  toResponse(): Response {
    const { document } = this;
    return new Response(JSON.stringify(document), { status: document.status, headers: this.headers });
  }
}

/** The document of a problem that some other adapter has named. */
export function problemDocument(facts: Omit<ProblemDocument, "type">): ProblemDocument {
  const { title, status, detail, code, ...rest } = facts;
  return { type: `urn:heliograph:problem:${code}`, title, status, detail, code, ...rest };
}
