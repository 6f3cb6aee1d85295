import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type Operator, webTokenOf } from "./operator.ts";
import { isOwnOrigin } from "./own_origin.ts";
import { HttpProblem } from "./problem.ts";

/** Who knows the operators. */
export interface OperatorDirectory {
  /** Whom an `Authorization` header names, if anyone. */
  operatorOf(authorization: string | undefined): Operator | undefined;
}

/** Whom the certificate names that was presented on a connection, if anyone. */
export type OperatorAt = (socket: Duplex) => Operator | undefined;

/** Whom a token of somebody else's names, if anyone; `unavailable` where that cannot be said now. */
export type OperatorByToken = (token: string) => Promise<Operator | undefined | "unavailable">;

/** The ways to be an operator. */
export interface OperatorProofs {
  readonly operators: OperatorDirectory;
  /** Absent where certificates let no operator in. */
  readonly operatorAt?: OperatorAt | undefined;
  /** Absent where only our own tokens let an operator in. */
  readonly operatorByToken?: OperatorByToken | undefined;
}

/**
 * The operator who sends a request, from wherever it comes: by an `Authorization` header if there is one, otherwise by
 * the connection's certificate.
 *
 * @returns `undefined` without a proof that holds
 * @throws {HttpProblem} 403 if a page of another site has sent the request with a certificate, 503 if a token cannot be
 * checked now
 */
export async function provenOperator(
  proofs: OperatorProofs,
  request: IncomingMessage,
): Promise<Operator | undefined> {
  const { authorization } = request.headers;
  if (authorization === undefined) return byCertificate(proofs, request);
  return proofs.operators.operatorOf(authorization) ?? await byForeignToken(proofs, authorization);
}

async function byForeignToken(
  { operatorByToken }: OperatorProofs,
  authorization: string,
): Promise<Operator | undefined> {
  const token = webTokenOf(authorization);
  if (token === undefined) return undefined;
  const found = await operatorByToken?.(token);
  if (found !== "unavailable") return found;
  throw new HttpProblem("issuer-unavailable", {
    detail: "Cannot check the token: its issuer does not say its keys; use an operator token of the broker",
    headers: { "retry-after": "5" },
  });
}

function byCertificate({ operatorAt }: OperatorProofs, request: IncomingMessage): Operator | undefined {
  const operator = operatorAt?.(request.socket);
  if (operator !== undefined) refuseOtherSites(request);
  return operator;
}

function refuseOtherSites({ headers }: IncomingMessage): void {
  const { "sec-fetch-site": site = "none" } = headers;
  if (isOwnOrigin(headers) && (site === "none" || site === "same-origin")) return;
  throw new HttpProblem("origin-refused", {
    detail: "Cannot take a certificate for the request of another site's page: send an operator token",
  });
}
