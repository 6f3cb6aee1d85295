import { z } from "zod";
import { HttpProblem } from "../problem.ts";
import { type AdminAnswer, type AdminRequest, refuseMethod } from "./exchange.ts";
import { listQueryOf, nextLink } from "./list_query.ts";
import type { AuditEntry, AuditLog, NameFilterReader } from "./ports.ts";

/** An entry as it is shown. */
export const auditEntrySchema = z.object({
  number: z.int().min(1),
  time: z.iso.datetime(),
  operator: z.string(),
  address: z.string().optional(),
  action: z.string(),
  target: z.string(),
  before: z.record(z.string(), z.unknown()).optional(),
  after: z.record(z.string(), z.unknown()).optional(),
});

/** Reads the audit log. */
export class AuditDesk {
  readonly #log: AuditLog;
  readonly #readNameFilter: NameFilterReader;

  constructor(log: AuditLog, readNameFilter: NameFilterReader) {
    this.#log = log;
    this.#readNameFilter = readNameFilter;
  }

  /**
   * Answers a request for the log, the newest entry first. The filter's `name` is the target. A page with a `nextLink`
   * may be short, and even empty.
   */
  async list(request: AdminRequest): Promise<AdminAnswer> {
    if (request.method !== "GET") refuseMethod("GET, HEAD");
    const { top, after, accepts } = listQueryOf(request.search, this.#readNameFilter);
    const page = await this.#log.list({ top, after: numberOf(after), accepts });
    const next = page.next === undefined
      ? {}
      : { nextLink: nextLink(request.address, request.search, String(page.next)) };
    return { status: 200, body: { value: page.items.map(shown), ...next } };
  }
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const detail = "Cannot use $skipToken: use the one of a nextLink";
  throw new HttpProblem("parameter-invalid", { detail, faults: [{ parameter: "$skipToken", detail }] });
}

function shown({ time, before, after, ...rest }: AuditEntry): object {
  return {
    ...rest,
    time: new Date(time).toISOString(),
    before: before === undefined ? undefined : JSON.parse(before),
    after: after === undefined ? undefined : JSON.parse(after),
  };
}
