import type { FetchFaultCode } from "../bounded_fetch.ts";

/** Why the webhook could not say who somebody is. Stable, for metrics and tests. */
export type WebhookFaultCode =
  | FetchFaultCode
  /** Too many clients wait for it. */
  | "busy"
  /** There is none that it could be shown, or none can be had. */
  | "credential"
  /** It answers with another status than 200. */
  | "status"
  | "no-decision"
  /** Ours. */
  | "internal";

/** The webhook could not say who somebody is: it, its credential or the way to it is at fault, never the client. */
export class WebhookFault extends Error {
  override readonly name = "WebhookFault";
  /** What the webhook has answered with, if it has. */
  readonly status: number | undefined;

  constructor(
    readonly code: WebhookFaultCode,
    message: string,
    { status, ...options }: ErrorOptions & { readonly status?: number } = {},
  ) {
    super(message, options);
    this.status = status;
  }
}
