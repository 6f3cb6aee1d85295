import { addressOrigin } from "../../config/address_origin.ts";
import { attemptRefusal } from "../attempt_refusal.ts";
import type { Credentials } from "../authenticator.ts";
import { type Fetch, type FetchAnswer, fetchBounded, FetchFault } from "../bounded_fetch.ts";
import {
  type AskedIdentifier,
  type Identification,
  type Identity,
  notAuthorized,
  unavailable,
  type Voucher,
  type Waiter,
} from "../identifier.ts";
import { ADDRESS_ATTEMPTS } from "../proof_of_identity.ts";
import { type Attempt, AttemptLimiter, type AttemptLimits } from "../rate_limit.ts";
import type { TrustDirectory, WebhookEndpoint } from "../trust.ts";
import type { LineLimits } from "../waiting_line.ts";
import { readAnswer, type WebhookAnswer } from "./answer.ts";
import { type EndpointCredential, needsCredential } from "./credential.ts";
import { WebhookFault } from "./fault.ts";
import { questionOf } from "./question.ts";
import { TimelyQueue } from "./timely_queue.ts";
import type { Patience } from "./wait_for.ts";
import type { WebhookWatch } from "./watch.ts";

const WAY = "webhook";

/** How much a webhook may cost. */
export interface WebhookLimits extends LineLimits {
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

/**
 * Of one address, as many in a row as are asked about at once: where none has failed, clients behind one address never
 * keep each other out.
 */
export const DENIALS: AttemptLimits = { ...ADDRESS_ATTEMPTS, burst: WEBHOOK_LIMITS.runningMax };

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
export class WebhookIdentifier implements AskedIdentifier {
  readonly way = WAY;
  readonly #options: WebhookOptions;
  readonly #limits: WebhookLimits;
  readonly #queue: TimelyQueue;
  readonly #denials: AttemptLimiter;

  constructor(options: WebhookOptions) {
    this.#options = options;
    this.#limits = options.limits ?? WEBHOOK_LIMITS;
    this.#queue = new TimelyQueue(this.#limits, () => performance.now());
    this.#denials = options.denials ?? new AttemptLimiter(DENIALS);
    options.watch?.follow(() => this.#queue.load);
  }

  isAsked(): boolean {
    return this.#options.trust.webhook() !== undefined;
  }

  /** `undefined` without an endpoint. */
  identify(credentials: Credentials, waiter?: Waiter): undefined | Promise<Identification> {
    const endpoint = this.#options.trust.webhook();
    return endpoint && this.#askInTurn(endpoint, credentials, waiter);
  }

  withdrawn({ grounds }: Voucher): string | undefined {
    return this.#options.trust.webhook()?.url === grounds ? undefined : "the webhook is not asked any more";
  }

  /**
   * Asks in its turn. Whoever waits for it has not failed, and is bounded by the queue alone; an attempt is taken when
   * the turn has come. For whoever is gone nothing is asked, or no longer.
   */
  async #askInTurn(
    endpoint: WebhookEndpoint,
    credentials: Credentials,
    waiter: Waiter | undefined,
  ): Promise<Identification> {
    const origin = addressOrigin(credentials.peer.address);
    if (this.#denials.isExhausted(origin)) return attemptRefusal("exhausted");
    try {
      const question = {
        body: JSON.stringify(questionOf(credentials)),
        deadline: performance.now() + this.#limits.milliseconds,
        gone: waiter?.gone,
      };
      const ask = () => this.#limited({ origin, question }, () => this.#ask(endpoint, question));
      const answer = await this.#queue.run(ask, question.deadline, waiter);
      if (answer === undefined) throw new WebhookFault("busy", "too many clients wait for the webhook");
      return typeof answer === "string" ? attemptRefusal(answer) : this.#judged(answer, endpoint);
    } catch (error) {
      if (waiter?.gone.aborted) return unavailable("the client is gone");
      const fault = faultOf(error);
      this.#options.watch?.failed(fault);
      return unavailable(fault.message);
    }
  }

  /**
   * A denial uses up an attempt of the address; the service must not be made to try passwords without end. What was
   * asked for whoever is gone has not failed, but the service may be at it still: as long as it may, the attempt is
   * under way.
   */
  async #limited(
    { origin, question }: { readonly origin: string; readonly question: Asking },
    ask: () => Promise<WebhookAnswer>,
  ): Promise<WebhookAnswer | Exclude<Attempt, "taken">> {
    const attempt = this.#denials.take(origin);
    if (attempt !== "taken") return attempt;
    let isDenied = false;
    try {
      const answer = await this.#timed(ask);
      isDenied = answer.decision === "deny";
      return answer;
    } finally {
      if (isDenied) this.#denials.useUp(origin);
      else if (question.gone?.aborted) this.#giveBackLater(origin, question);
      else this.#denials.giveBack(origin);
    }
  }

  #giveBackLater(origin: string, { deadline }: Asking): void {
    setTimeout(() => this.#denials.giveBack(origin), left(deadline));
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
    { body, deadline, gone }: Asking,
  ): Promise<WebhookAnswer> {
    const authorization = await this.#authorization(endpoint, { milliseconds: left(deadline), gone });
    const headers = { "content-type": "application/json", accept: "application/json", ...authorization };
    const request = { url: endpoint.url, method: "POST", headers, body, signal: gone ?? null };
    const answer = await this.#fetch(request, left(deadline));
    if (answer.status === 401 || answer.status === 403) this.#options.credential?.refused();
    return readAnswer(answer);
  }

  async #authorization(
    { url, scope }: WebhookEndpoint,
    patience: Patience,
  ): Promise<Record<string, string>> {
    const { credential } = this.#options;
    if (credential !== undefined) {
      return { authorization: `Bearer ${await credential.bearer(scope, patience)}` };
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

  #judged(answer: WebhookAnswer, endpoint: WebhookEndpoint): Identification {
    this.#options.watch?.answered(answer.decision);
    return answer.decision === "deny"
      ? notAuthorized(denial(answer.errorReason))
      : this.#allowed(answer, endpoint);
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

/** A question that is put to the webhook. */
interface Asking {
  readonly body: string;
  /** By the clock that does not jump, in milliseconds. */
  readonly deadline: number;
  /** Aborted when nobody wants to know any more. */
  readonly gone: AbortSignal | undefined;
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
