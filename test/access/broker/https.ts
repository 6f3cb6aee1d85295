/** Requests over HTTPS from a caller who trusts whoever answers, and has a certificate of its own or none. */
import { request } from "node:http";
import { connect, type ConnectionOptions } from "node:tls";
import { splitAddress } from "../../dialogue/link.ts";
import type { Address } from "../../dialogue/mod.ts";

/** What is asked. */
export interface HttpsRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly credentials?: ConnectionOptions;
}

/** The status of the answer. */
export function statusOverHttps(
  address: Address,
  { method = "GET", path, headers = {}, body, credentials = {} }: HttpsRequest,
): Promise<number> {
  // The agent of node:https reads the system's CAs, which needs a permission, before it asks whom it trusts.
  const createConnection = () =>
    connect({ ...splitAddress(address), rejectUnauthorized: false, ...credentials });
  return new Promise((resolve, reject) => {
    const asked = request({ createConnection, method, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on("error", reject);
    asked.end(body);
  });
}
