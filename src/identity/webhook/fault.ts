/** The webhook could not say who somebody is: it, its credential or the way to it is at fault, never the client. */
export class WebhookFault extends Error {
  override readonly name = "WebhookFault";
}
