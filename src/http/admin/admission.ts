import type { IncomingMessage } from "node:http";
import type { Operator } from "../operator.ts";
import { type OperatorProofs, provenOperator } from "../operator_proofs.ts";
import { HttpProblem } from "../problem.ts";

/** What is only read with. All others change something, or try passwords, as a dry run does. */
const READING: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/**
 * The operator who wants to manage the broker.
 *
 * @throws {HttpProblem} 401 without a proof that holds, 403 if the operator may only read and the method writes; and
 * what {@linkcode provenOperator} throws
 */
export async function admitOperator(proofs: OperatorProofs, request: IncomingMessage): Promise<Operator> {
  const operator = await provenOperator(proofs, request);
  if (operator === undefined) {
    const code = request.headers.authorization === undefined
      ? "authentication-required"
      : "credentials-invalid";
    throw new HttpProblem(code, {
      detail: "Cannot manage the broker without an operator token: send Authorization: Bearer <token>",
      headers: { "www-authenticate": "Bearer" },
    });
  }
  if (operator.role === "full" || READING.has(request.method ?? "")) return operator;
  throw new HttpProblem("operator-read-only", {
    detail: "Cannot change anything as a read-only operator: use the role full",
  });
}
