import { webTokenOf } from "./operator.ts";
import type { CallerAddress, ClientRefusal, ProvenClient, TokenClients } from "./ports.ts";
import { HttpProblem } from "./problem.ts";

/** What a caller is told to wait that cannot be judged now, in seconds. */
const RETRY_AFTER_SECONDS = "5";

/**
 * The client whose token an `Authorization` header has.
 *
 * @throws {HttpProblem} 401 if it has none that holds, 503 if that cannot be said now
 */
export async function provenClient(
  clients: TokenClients,
  authorization: string,
  from: CallerAddress,
): Promise<ProvenClient> {
  const token = webTokenOf(authorization);
  const found = token === undefined ? NO_TOKEN : await clients.prove(token, from);
  if ("reason" in found) throw problemOfRefusal(found);
  return found;
}

const NO_TOKEN: ClientRefusal = {
  reason: "unproven",
  detail: "use Authorization: Bearer with the token of an operator, or the JSON Web Token of a client",
};

/** What a client is told that is not taken. RFC 9110 §15.5.2: a 401 names a scheme that would do. */
export function problemOfRefusal(refusal: ClientRefusal): HttpProblem {
  if (refusal.reason === "unproven") {
    return new HttpProblem("credentials-invalid", {
      detail: `Cannot publish with these credentials: ${refusal.detail}`,
      headers: { "www-authenticate": "Bearer" },
    });
  }
  return new HttpProblem("identity-unavailable", {
    detail: "Cannot take clients now: the issuer of the token says nothing, or the broker lets no clients in",
    headers: { "retry-after": RETRY_AFTER_SECONDS },
  });
}
