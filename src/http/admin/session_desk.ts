import type { SessionDetail, SessionDirectory } from "../ports.ts";
import { HttpProblem } from "../problem.ts";
import type { AuditTrail } from "./audit_trail.ts";
import { type AdminAnswer, type AdminRequest, refuseMethod } from "./exchange.ts";
import { listQueryOf, nextLink } from "./list_query.ts";
import type { NameFilterReader } from "./ports.ts";

/** What sessions are listed under: all of them, or those that somebody is connected to. */
export type SessionKind = "sessions" | "connections";

/** Reads sessions, and ends them or their connections. */
export class SessionDesk {
  readonly #sessions: SessionDirectory;
  readonly #readNameFilter: NameFilterReader;
  readonly #trail: AuditTrail;

  constructor(
    sessions: SessionDirectory,
    { readNameFilter, trail }: { readonly readNameFilter: NameFilterReader; readonly trail: AuditTrail },
  ) {
    this.#sessions = sessions;
    this.#readNameFilter = readNameFilter;
    this.#trail = trail;
  }

  /** Answers a request for a list. The filter's `name` is the client identifier. */
  async list(kind: SessionKind, request: AdminRequest): Promise<AdminAnswer> {
    if (request.method !== "GET") refuseMethod("GET, HEAD");
    const query = listQueryOf(request.search, this.#readNameFilter);
    const page = await this.#sessions.list({ ...query, connectedOnly: kind === "connections" });
    const next = page.next === undefined
      ? {}
      : { nextLink: nextLink(request.address, request.search, page.next) };
    return { status: 200, body: { value: page.items, ...next } };
  }

  /** Answers a request for one session: `DELETE` ends the connection, or the session with all that it is owed. */
  async one(kind: SessionKind, clientId: string, request: AdminRequest): Promise<AdminAnswer> {
    if (request.method === "DELETE") return await this.#remove(kind, clientId, request);
    if (request.method !== "GET") refuseMethod("GET, HEAD, DELETE");
    return { status: 200, body: await this.#find(kind, clientId) };
  }

  /** Answers a request for what waits for a session: `DELETE` drops it. */
  async queue(clientId: string, request: AdminRequest): Promise<AdminAnswer> {
    if (request.method !== "DELETE") refuseMethod("DELETE");
    await this.#find("sessions", clientId);
    await this.#trail.enter(request, { action: "delete", target: `sessions/${clientId}/queue` });
    if (!await this.#sessions.clearQueue(clientId)) throw missing("sessions", clientId);
    return { status: 204 };
  }

  async #remove(kind: SessionKind, clientId: string, request: AdminRequest): Promise<AdminAnswer> {
    await this.#find(kind, clientId);
    await this.#trail.enter(request, { action: "delete", target: `${kind}/${clientId}` });
    const removed = kind === "connections"
      ? await this.#sessions.disconnect(clientId)
      : await this.#sessions.end(clientId);
    if (!removed) throw missing(kind, clientId);
    return { status: 204 };
  }

  async #find(kind: SessionKind, clientId: string): Promise<SessionDetail> {
    const session = await this.#sessions.get(clientId);
    if (session !== undefined && (kind === "sessions" || session.connected)) return session;
    throw missing(kind, clientId);
  }
}

function missing(kind: SessionKind, clientId: string): HttpProblem {
  const what = kind === "connections" ? "connection" : "session";
  const detail = `Cannot find a ${what} of the client ${JSON.stringify(clientId)}`;
  return new HttpProblem("resource-not-found", { detail });
}
