import type { Operator } from "../operator.ts";
import { HttpProblem } from "../problem.ts";

/** Who knows the operators. */
export interface OperatorDirectory {
  /** Whom an `Authorization` header names, if anyone. */
  operatorOf(authorization: string | undefined): Operator | undefined;
}

/** What is only read with. All others change something, or try passwords, as a dry run does. */
const READING: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/**
 * The operator who sends a request, from wherever it comes.
 *
 * @throws {HttpProblem} 401 without a token that holds, 403 if the token may only read and the method writes
 */
export function admitOperator(
  operators: OperatorDirectory,
  { authorization, method }: { readonly authorization: string | undefined; readonly method: string },
): Operator {
  const operator = operators.operatorOf(authorization);
  if (operator === undefined) {
    const code = authorization === undefined ? "authentication-required" : "credentials-invalid";
    throw new HttpProblem(code, {
      detail: "Cannot manage the broker without an operator token: send Authorization: Bearer <token>",
      headers: { "www-authenticate": "Bearer" },
    });
  }
  if (operator.role === "full" || READING.has(method)) return operator;
  throw new HttpProblem("operator-read-only", {
    detail: "Cannot change anything with a read-only operator token: use one with the role full",
  });
}
