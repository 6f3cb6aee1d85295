import { needsCredential } from "./credential.ts";

/** What would be right, as it stands after "use". */
const EXPECTED =
  "an address on this machine, or one elsewhere after webhook.bearerFile or webhook.tokenUrl is set " +
  "in the broker's configuration: the endpoint has to know that it is the broker who asks";

/** Looks at endpoints of webhooks that are to be registered. */
export class EndpointInspector {
  readonly #hasCredential: boolean;

  /** @param hasCredential whether the broker can show who it is */
  constructor(hasCredential: boolean) {
    this.#hasCredential = hasCredential;
  }

  /** What would be right in place of an endpoint that would never be asked; otherwise nothing. */
  inspectEndpoint(url: string): string | undefined {
    return this.#hasCredential || !needsCredential(url) ? undefined : EXPECTED;
  }
}
