import { z } from "zod";
import { type ListedToken, operatorRoles, type OperatorTokens } from "../operator.ts";
import { HttpProblem } from "../problem.ts";
import { entryOf } from "./audit_trail.ts";
import { type AdminAnswer, type AdminRequest, refuseMethod } from "./exchange.ts";

/** Who keeps the tokens. */
export type TokenKeeper = Pick<OperatorTokens, "list" | "create" | "revoke">;

const EXPECTED = '{"role": "full"} or {"role": "read-only"}, with a "description" of at most 256 characters';

/** A token that is to be made. */
export const newTokenSchema = z.strictObject({
  role: z.enum(operatorRoles).default("full"),
  description: z.string().max(256).default(""),
});

/** Makes, lists and revokes operator tokens, each change together with its entry in the audit log. */
export class TokenDesk {
  readonly #tokens: TokenKeeper;

  constructor(tokens: TokenKeeper) {
    this.#tokens = tokens;
  }

  /** Answers a request for all tokens: to list them, or to make one, which is told this once. */
  async all(request: AdminRequest): Promise<AdminAnswer> {
    if (request.method === "GET") return { status: 200, body: { value: this.#tokens.list().map(shown) } };
    if (request.method !== "POST") refuseMethod("GET, HEAD, POST");
    const wanted = newTokenSchema.safeParse(await request.json());
    if (!wanted.success) {
      throw new HttpProblem("body-invalid", { detail: `Cannot make a token: use ${EXPECTED}` });
    }
    const { token, stored } = await this.#tokens.create(
      wanted.data,
      (made) => entryOf(request, { action: "create", target: targetOf(made.id), after: shown(made) }),
    );
    return { status: 201, body: { ...shown(stored), token } };
  }

  /** Answers a request for one token: to revoke it. */
  async one(id: string, request: AdminRequest): Promise<AdminAnswer> {
    if (request.method !== "DELETE") refuseMethod("DELETE");
    const entry = entryOf(request, { action: "revoke", target: targetOf(id) });
    if (await this.#tokens.revoke(id, entry)) return { status: 204 };
    const detail = `Cannot find the operator token ${JSON.stringify(id)} among those that hold`;
    throw new HttpProblem("resource-not-found", { detail });
  }
}

function targetOf(id: string): string {
  return `operatorTokens/${id}`;
}

function shown({ id, role, description, createdAt, revokedAt }: ListedToken): object {
  return {
    id,
    role,
    description,
    createdAt: new Date(createdAt).toISOString(),
    ...revokedAt === undefined ? {} : { revokedAt: new Date(revokedAt).toISOString() },
  };
}
