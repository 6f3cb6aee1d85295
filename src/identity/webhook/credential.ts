import { isLoopbackHost } from "../../config/loopback.ts";
import type { Patience } from "./wait_for.ts";

/** Whether an endpoint has to be shown who asks; one on this machine is reached from here alone. */
export function needsCredential(url: string): boolean {
  return !isLoopbackHost(new URL(url).hostname);
}

/** By what the webhook knows that it is us who ask. */
export interface EndpointCredential {
  /**
   * A bearer token for an endpoint.
   *
   * @param scope what the endpoint is called at the authorization server, where one is asked
   * @param patience how long the caller waits for it, whoever else does
   * @throws {WebhookFault} if there is none
   */
  bearer(scope: string | undefined, patience: Patience): Promise<string>;
  /** The endpoint did not take the last one. */
  refused(): void;
}

/** A token that the operator has given, and that does not end. */
export class StaticBearer implements EndpointCredential {
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  bearer(): Promise<string> {
    return Promise.resolve(this.#token);
  }

  refused(): void {}
}
