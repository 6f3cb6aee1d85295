import { HttpProblem } from "./problem.ts";

/**
 * The answer to a method that a path does not take (RFC 9110 §15.5.6).
 *
 * @param allowed the methods that it takes, as the header `allow` lists them
 */
export function methodNotAllowed(allowed: string): Response {
  const detail = `Cannot use this method here: use ${allowed}`;
  return new HttpProblem("method-not-allowed", { detail, headers: { allow: allowed } }).toResponse();
}
