import type { WebhookAnswer } from "./answer.ts";
import type { WebhookFaultCode } from "./fault.ts";
import type { QueueLoad } from "./timely_queue.ts";

/** Is told how the webhook does. */
export interface WebhookWatch {
  /** It has said of somebody whether they may come in. */
  answered(decision: WebhookAnswer["decision"]): void;
  /** It has not. */
  failed(fault: { readonly code: WebhookFaultCode; readonly status: number | undefined }): void;
  /** How long it took, either way; of those alone whose turn came. */
  took(seconds: number): void;
  /** From where to read, at any time, how many are asked about and how many wait. */
  follow(load: () => QueueLoad): void;
}
