/** Asks other servers, which may be slow, broken or hostile. */

/** The runtime's `fetch`, or one that trusts further authorities. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** How much another server may cost. */
export interface FetchBounds {
  /** From the call until the last byte, in milliseconds. */
  readonly milliseconds: number;
  /** Of the body, once it is unpacked. */
  readonly bytesMax: number;
}

/** What came back, whatever the status says. */
export interface FetchAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

/** Why nothing came back that could be read. */
export type FetchFaultCode = "timeout" | "unreachable" | "too-large" | "aborted";

/** Another server did not answer within the bounds; it is at fault, or the way to it. */
export class FetchFault extends Error {
  override readonly name = "FetchFault";

  /** @param message what is wrong, as it stands behind the server's name */
  constructor(readonly code: FetchFaultCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/**
 * Sends a request and reads the answer, both within bounds. A redirect is not followed: it is an answer like others,
 * so that nobody is asked but whom the operator has named.
 *
 * @param request its `signal` ends it before its time
 * @throws {FetchFault}
 */
export async function fetchBounded(
  fetch: Fetch,
  request: RequestInit & { readonly url: string },
  bounds: FetchBounds,
): Promise<FetchAnswer> {
  const { url, signal, ...init } = request;
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const timer = setTimeout(abort, bounds.milliseconds);
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  try {
    const response = await fetch(url, { ...init, redirect: "manual", signal: controller.signal });
    return { status: response.status, body: await readBounded(response, bounds.bytesMax) };
  } catch (cause) {
    if (cause instanceof FetchFault) throw cause;
    if (signal?.aborted) throw new FetchFault("aborted", "was not waited for", { cause });
    if (controller.signal.aborted) {
      throw new FetchFault("timeout", `did not answer within ${bounds.milliseconds} ms`, { cause });
    }
    throw new FetchFault("unreachable", "cannot be reached", { cause });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
    // Whatever of the answer was not read is not wanted either.
    controller.abort();
  }
}

async function readBounded({ body }: Response, bytesMax: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body ?? []) {
    length += part.length;
    if (length > bytesMax) throw new FetchFault("too-large", `answers more than ${bytesMax} bytes`);
    parts.push(part);
  }
  return joined(parts, length);
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
