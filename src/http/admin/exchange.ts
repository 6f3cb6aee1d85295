import type { Context } from "hono";
import { callerOf } from "../caller.ts";
import type { HttpEnvironment } from "../environment.ts";
import { type Operator, operatorText } from "../operator.ts";
import { HttpProblem } from "../problem.ts";
import type { JsonBodies } from "./json_body.ts";
import type { Actor } from "./ports.ts";

/** A request to the management API, by whomever it may come from. */
export interface AdminRequest {
  /** `HEAD` is `GET` here: the server leaves the body away. */
  readonly method: string;
  /** The path's segments, each decoded. */
  readonly segments: readonly string[];
  /** The query string without its question mark. */
  readonly search: string;
  /** The address without its query string, for links to other pages. */
  readonly address: string;
  readonly operator: Operator;
  /** On whose behalf whatever the request asks for is done. */
  readonly by: Actor;
  header(name: string): string | undefined;
  /**
   * The body, once, if the operator is still one behind its end: it may be under way for half a minute.
   *
   * @throws {HttpProblem} as the reader does, and as at the start of the request if the proof holds no longer
   */
  json(): Promise<unknown>;
}

/** What a request is answered with, if it succeeds; all else is thrown as an `HttpProblem`. */
export interface AdminAnswer {
  readonly status: 200 | 201 | 204 | 304;
  /** JSON; absent where the status allows none. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers the requests of one part of the API. */
export type AdminHandler = (request: AdminRequest) => Promise<AdminAnswer>;

/** What a request is read with. */
export interface RequestParts {
  readonly operator: Operator;
  readonly bodies: JsonBodies;
  /** Throws if the request would not be admitted now. */
  admitAgain(): Promise<unknown>;
}

/**
 * A request in our words.
 *
 * @throws {HttpProblem} 400 if its path is not percent-encoded UTF-8
 */
export function requestOf(
  context: Context<HttpEnvironment>,
  { operator, bodies, admitAgain }: RequestParts,
): AdminRequest {
  const { url, method } = context.req;
  const [address = "", ...queries] = url.split("?");
  return {
    method: method === "HEAD" ? "GET" : method,
    segments: segmentsOf(address),
    search: queries.join("?"),
    address,
    operator,
    by: { operator: operatorText(operator), address: callerOf(context.env.incoming).address },
    header: (name) => context.req.header(name),
    json: async () => {
      const body = await bodies.read(context.env);
      await admitAgain();
      return body;
    },
  };
}

/** The answer as the server sends it. No cache may keep what only operators may see. */
export function responseOf({ status, body, headers = {} }: AdminAnswer): Response {
  const fields = { "cache-control": "no-store", ...headers };
  if (body === undefined) return new Response(null, { status, headers: fields });
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", ...fields },
  });
}

/** Refuses a method that a path does not take. */
export function refuseMethod(allowed: string): never {
  throw new HttpProblem("method-not-allowed", {
    detail: `Cannot use this method here: use ${allowed}`,
    headers: { allow: allowed },
  });
}

/** Split before it is decoded, so that a name may hold a slash. */
function segmentsOf(address: string): string[] {
  const path = /^[a-z]+:\/\/[^/]*(.*)$/i.exec(address)?.[1] ?? address;
  try {
    return path.split("/").slice(1).map(decodeURIComponent);
  } catch {
    const detail = "Cannot read the path: it must be percent-encoded UTF-8";
    throw new HttpProblem("request-invalid", { detail });
  }
}
