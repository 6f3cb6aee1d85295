import type { AnswerMessage, CallMessage } from "./protocol.ts";

/** The worker's side, which TypeScript's libraries for the main thread do not know. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<CallMessage>) => void) | null;
  postMessage(message: AnswerMessage, transfer: Transferable[]): void;
}

type Functions = Readonly<Record<string, (...parameters: never[]) => unknown>>;

/**
 * Answers the calls of a `WorkerLink` with these functions.
 *
 * @param afterwards runs after each answer is on its way
 */
export function serveCalls(functions: object, afterwards: () => void = () => {}): void {
  const scope = globalThis as unknown as WorkerScope;
  scope.onmessage = ({ data }) => {
    const answer = answerOf(functions as Functions, data);
    scope.postMessage(answer, "result" in answer ? buffersIn(answer.result) : []);
    afterwards();
  };
}

function answerOf(functions: Functions, { name, arguments: parameters }: CallMessage): AnswerMessage {
  try {
    return { result: functions[name]?.(...parameters as never[]) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof Error && "code" in error && typeof error.code === "string"
      ? error.code
      : undefined;
    return { failure: { code, message } };
  }
}

/** Buffers that are handed over instead of copied: chunks of frames, and contents. */
function buffersIn(result: unknown): ArrayBuffer[] {
  if (typeof result !== "object" || result === null) return [];
  const values = Array.isArray(result) ? result : Object.values(result);
  const bytes = values.filter((value): value is Uint8Array<ArrayBuffer> => value instanceof Uint8Array);
  return bytes.map(({ buffer }) => buffer);
}
