import { addressOrigin } from "../../config/address_origin.ts";
import type { Credentials } from "../authenticator.ts";
import { type Fetch, type FetchAnswer, fetchBounded, FetchFault } from "../bounded_fetch.ts";
import {
  type Identification,
  type Identity,
  notAuthorized,
  unavailable,
  type VouchedIdentifier,
  type Voucher,
} from "../identifier.ts";
import { ADDRESS_ATTEMPTS } from "../proof_of_identity.ts";
import { AttemptLimiter } from "../rate_limit.ts";
import type { TrustDirectory, WebhookEndpoint } from "../trust.ts";
import { readAnswer, type WebhookAnswer } from "./answer.ts";
import { type EndpointCredential, needsCredential } from "./credential.ts";
import { WebhookFault } from "./fault.ts";
import { questionOf } from "./question.ts";
import { type QueueLimits, TimelyQueue } from "./timely_queue.ts";
import type { WebhookWatch } from "./watch.ts";

const WAY = "webhook";

/** How much a webhook may cost. */
export interface WebhookLimits extends QueueLimits {
  /** From a client's CONNECT to the answer, in milliseconds. event-grid: specification §3.5, about 5 s. */
  readonly milliseconds: number;
  readonly bytesMax: number;
}

export const WEBHOOK_LIMITS: WebhookLimits = {
  milliseconds: 5_000,
  bytesMax: 64 * 1024,
  runningMax: 64,
  waitingMax: 1_024,
};

/** What a webhook is asked with. */
export interface WebhookOptions {
  readonly trust: Pick<TrustDirectory, "webhook">;
  readonly fetch: Fetch;
  /** Without one only an endpoint on this machine is asked. */
  readonly credential: EndpointCredential | undefined;
  readonly limits?: WebhookLimits;
  readonly watch?: WebhookWatch | undefined;
  /** Denials of one address. */
  readonly denials?: AttemptLimiter;
  /** The wall clock, in milliseconds since 1970. */
  readonly now?: () => number;
}

/**
 * Proves identities by the word of the operator's own service (event-grid: specification §3.5), which is told all that
 * the client says of itself. Whatever is wrong with the service makes the client come back later.
 */
export class WebhookIdentifier implements VouchedIdentifier {
  readonly way = WAY;
  readonly #options: WebhookOptions;
  readonly #limits: WebhookLimits;
  readonly #queue: TimelyQueue;
  readonly #denials: AttemptLimiter;

  constructor(options: WebhookOptions) {
    this.#options = options;
    this.#limits = options.limits ?? WEBHOOK_LIMITS;
    this.#queue = new TimelyQueue(this.#limits, () => performance.now());
    this.#denials = options.denials ?? new AttemptLimiter(ADDRESS_ATTEMPTS);
    options.watch?.follow(() => this.#queue.load);
  }

  /** `undefined` without an endpoint. */
  identify(credentials: Credentials): undefined | Promise<Identification> {
    const endpoint = this.#options.trust.webhook();
    return endpoint && this.#limited(endpoint, credentials);
  }

  withdrawn({ grounds }: Voucher): string | undefined {
    return this.#options.trust.webhook()?.url === grounds ? undefined : "the webhook is not asked any more";
  }

  /** A denial uses up an attempt of the address; the service must not be made to try passwords without end. */
  async #limited(endpoint: WebhookEndpoint, credentials: Credentials): Promise<Identification> {
    const origin = addressOrigin(credentials.peer.address);
    if (!this.#denials.take(origin)) {
      return notAuthorized("there were too many failed attempts from this address");
    }
    try {
      const answer = await this.#askInTurn(endpoint, credentials);
      this.#options.watch?.answered(answer.decision);
      if (answer.decision === "deny") return notAuthorized(denial(answer.errorReason));
      this.#denials.giveBack(origin);
      return this.#allowed(answer, endpoint);
    } catch (error) {
      this.#denials.giveBack(origin);
      const fault = faultOf(error);
      this.#options.watch?.failed(fault);
      return unavailable(fault.message);
    }
  }

  async #askInTurn(endpoint: WebhookEndpoint, credentials: Credentials): Promise<WebhookAnswer> {
    const deadline = performance.now() + this.#limits.milliseconds;
    const body = JSON.stringify(questionOf(credentials));
    const answer = await this.#queue.run(
      () => this.#timed(() => this.#ask(endpoint, { body, deadline })),
      deadline,
    );
    if (answer === undefined) throw new WebhookFault("busy", "too many clients wait for the webhook");
    return answer;
  }

  async #timed<T>(ask: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    try {
      return await ask();
    } finally {
      this.#options.watch?.took((performance.now() - begun) / 1000);
    }
  }

  async #ask(
    endpoint: WebhookEndpoint,
    { body, deadline }: { readonly body: string; readonly deadline: number },
  ): Promise<WebhookAnswer> {
    const authorization = await this.#authorization(endpoint, left(deadline));
    const headers = { "content-type": "application/json", accept: "application/json", ...authorization };
    const request = { url: endpoint.url, method: "POST", headers, body };
    const answer = await this.#fetch(request, left(deadline));
    if (answer.status === 401 || answer.status === 403) this.#options.credential?.refused();
    return readAnswer(answer);
  }

  async #authorization(
    { url, scope }: WebhookEndpoint,
    milliseconds: number,
  ): Promise<Record<string, string>> {
    const { credential } = this.#options;
    if (credential !== undefined) {
      return { authorization: `Bearer ${await credential.bearer(scope, milliseconds)}` };
    }
    if (!needsCredential(url)) return {};
    throw new WebhookFault(
      "credential",
      "the webhook is not on this machine, and there is no credential for it",
    );
  }

  async #fetch(request: Parameters<typeof fetchBounded>[1], milliseconds: number): Promise<FetchAnswer> {
    try {
      const bounds = { milliseconds, bytesMax: this.#limits.bytesMax };
      return await fetchBounded(this.#options.fetch, request, bounds);
    } catch (cause) {
      if (!(cause instanceof FetchFault)) throw cause;
      throw new WebhookFault(cause.code, `the webhook ${cause.message}`, { cause });
    }
  }

  #allowed(
    { clientAuthenticationName, attributes, expiration }: Extract<WebhookAnswer, { decision: "allow" }>,
    { url }: WebhookEndpoint,
  ): Identification {
    const expiresAt = expiration === undefined ? undefined : expiration * 1000;
    if (expiresAt !== undefined && expiresAt <= (this.#options.now ?? Date.now)()) {
      return notAuthorized("what the webhook has allowed has expired");
    }
    const identity: Identity = {
      kind: "external",
      authenticationName: clientAuthenticationName,
      authenticationType: "Webhook",
      source: "Webhook",
      authorities: [],
      expiresAt,
      attributes,
      voucher: { way: WAY, grounds: url },
    };
    return { identified: true, identity };
  }
}

/** A timer that is due already would not let the request begin. */
function left(deadline: number): number {
  return Math.max(1, Math.ceil(deadline - performance.now()));
}

function faultOf(error: unknown): WebhookFault {
  if (error instanceof WebhookFault) return error;
  return new WebhookFault("internal", "the webhook could not be asked", { cause: error });
}

const REASON_CHARACTERS_MAX = 256;

function denial(errorReason: string | undefined): string {
  return errorReason === undefined
    ? "the webhook denies"
    : `the webhook denies: ${errorReason.slice(0, REASON_CHARACTERS_MAX)}`;
}
