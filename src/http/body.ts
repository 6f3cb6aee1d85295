import type { HttpBindings } from "@hono/node-server";
import type { IncomingMessage } from "node:http";
import { HttpProblem } from "./problem.ts";

/** Bounds on the bodies of requests. */
export interface BodyLimits {
  /** One body; beyond it the request ends with 413. */
  readonly bodyBytesMax: number;
  /** All bodies that are being received; the request that would exceed it ends with 503. */
  readonly bodiesBytesMax: number;
}

/** Where the room for a body starts; most messages are small. */
const CAPACITY_BYTES_MIN = 4096;

/** Receives request bodies, each and all together bounded. */
export class BodyReader {
  readonly #limits: BodyLimits;
  #bytes = 0;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /** What all unfinished bodies hold now, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The whole body of a request; a client that waits to be asked for it is asked (RFC 9110 §10.1.1).
   *
   * @throws {HttpProblem} 413 if it is too large (known from its announced length where there is one), 503 if
   * too much is being received already, 400 if the peer leaves before its end
   */
  async read({ incoming, outgoing }: HttpBindings): Promise<Uint8Array> {
    const announced = Number(incoming.headers["content-length"] ?? 0);
    if (announced > this.#limits.bodyBytesMax) throw this.#tooLarge();
    if (incoming.headers.expect !== undefined) outgoing.writeContinue();
    const body = new GrowingBody();
    try {
      await this.#receive(incoming, body);
      return body.bytes();
    } finally {
      this.#bytes -= body.length;
    }
  }

  /** Not `for await`: a stream that is left early that way is destroyed, and with it the socket of the answer. */
  #receive(request: IncomingMessage, body: GrowingBody): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (outcome: () => void) => {
        request.off("data", onData).off("end", onEnd).off("error", onGone).off("close", onGone);
        outcome();
      };
      const onData = (chunk: Uint8Array) => {
        const problem = this.#refusal(body.length + chunk.length, chunk.length);
        if (problem !== undefined) return stop(() => reject(problem));
        this.#bytes += chunk.length;
        body.append(chunk);
      };
      const onEnd = () => stop(resolve);
      const onGone = () => stop(() => reject(incomplete()));
      request.on("data", onData).on("end", onEnd).on("error", onGone).on("close", onGone);
    });
  }

  #refusal(bodyBytes: number, moreBytes: number): HttpProblem | undefined {
    if (bodyBytes > this.#limits.bodyBytesMax) return this.#tooLarge();
    if (this.#bytes + moreBytes <= this.#limits.bodiesBytesMax) return undefined;
    return new HttpProblem("busy", {
      detail: "Cannot receive this body now: too many are being received",
      headers: { "retry-after": "1" },
    });
  }

  #tooLarge(): HttpProblem {
    return new HttpProblem("payload-too-large", {
      detail: `Cannot take this body: the maximum is ${this.#limits.bodyBytesMax} bytes`,
    });
  }
}

function incomplete(): HttpProblem {
  return new HttpProblem("body-incomplete", {
    detail: "Cannot take this body: the connection ended within it",
  });
}

/** One buffer that doubles, so that a body sent byte by byte does not cost an object for each. */
class GrowingBody {
  #buffer = new Uint8Array(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(chunk: Uint8Array): void {
    const needed = this.#length + chunk.length;
    if (needed > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(CAPACITY_BYTES_MIN, needed, 2 * this.#buffer.length));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(chunk, this.#length);
    this.#length = needed;
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }
}
