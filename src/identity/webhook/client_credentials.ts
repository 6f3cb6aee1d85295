import { z } from "zod";
import { type Fetch, fetchBounded, type FetchBounds, FetchFault } from "../bounded_fetch.ts";
import type { EndpointCredential } from "./credential.ts";
import { WebhookFault } from "./fault.ts";
import { type Patience, waitFor } from "./wait_for.ts";

/** An authorization server, and who we are there. */
export interface ClientCredentialsOptions {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** In place of what the endpoint is called. */
  readonly scope?: string | undefined;
  readonly fetch: Fetch;
  /** A clock that does not jump, in milliseconds. */
  readonly now?: () => number;
}

/** A token is not used in its last minute, so that it does not end on its way. */
const EARLY_MILLISECONDS = 60_000;
/** Of a grant, which is everybody's who waits for it, however long each of them does. */
const GRANT_BOUNDS: FetchBounds = { milliseconds: 5_000, bytesMax: 64 * 1024 };
/** What holds where the server does not say; RFC 6749 §5.1 only recommends that it does. */
const EXPIRES_IN_PRESET = 300;

/** RFC 6749 §5.1 */
const grantSchema = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]{1,16384}$/),
  expires_in: z.coerce.number().min(0).max(86_400).catch(EXPIRES_IN_PRESET),
});

interface Granted {
  readonly token: string;
  readonly scope: string | undefined;
  readonly until: number;
}

/** Gets tokens for the webhook by OAuth 2.0 client credentials (RFC 6749 §4.4), and keeps the last one. */
export class ClientCredentials implements EndpointCredential {
  readonly #options: ClientCredentialsOptions;
  readonly #now: () => number;
  #granted: Granted | undefined;
  #granting: { readonly scope: string | undefined; readonly token: Promise<string> } | undefined;

  constructor(options: ClientCredentialsOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  async bearer(endpointScope: string | undefined, patience: Patience): Promise<string> {
    const scope = this.#options.scope ?? endpointScope;
    const known = this.#granted;
    if (known !== undefined && known.scope === scope && known.until > this.#now()) return known.token;
    return await waitFor(this.#grantFor(scope), patience, () => tooLate(patience));
  }

  refused(): void {
    this.#granted = undefined;
  }

  /** One at a time, for everybody who waits; it goes on for whoever comes next when they have given up. */
  #grantFor(scope: string | undefined): Promise<string> {
    const pending = this.#granting;
    if (pending !== undefined && pending.scope === scope) return pending.token;
    const granting = this.#granting = { scope, token: this.#grant(scope) };
    const done = (): void => {
      if (this.#granting === granting) this.#granting = undefined;
    };
    granting.token.then(done, done);
    return granting.token;
  }

  async #grant(scope: string | undefined): Promise<string> {
    const asked = this.#now();
    const { access_token: token, expires_in: seconds } = await this.#ask(scope);
    this.#granted = { token, scope, until: asked + Math.max(0, seconds * 1000 - EARLY_MILLISECONDS) };
    return token;
  }

  async #ask(scope: string | undefined): Promise<z.output<typeof grantSchema>> {
    const { tokenUrl: url, clientId, clientSecret, fetch } = this.#options;
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
      ...scope === undefined ? {} : { scope },
    });
    try {
      const request = { url, method: "POST", body, headers: { accept: "application/json" } };
      const answer = await fetchBounded(fetch, request, GRANT_BOUNDS);
      if (answer.status !== 200) {
        throw new WebhookFault(
          "credential",
          `the authorization server answers with the status ${answer.status}`,
        );
      }
      return grantSchema.parse(JSON.parse(new TextDecoder().decode(answer.body)));
    } catch (cause) {
      if (cause instanceof WebhookFault) throw cause;
      const what = cause instanceof FetchFault ? cause.message : "answers with what is no token";
      throw new WebhookFault("credential", `the authorization server ${what}`, { cause });
    }
  }
}

function tooLate({ milliseconds }: Patience): WebhookFault {
  return new WebhookFault("credential", `the authorization server did not answer within ${milliseconds} ms`);
}
