import { JournalFault, StoreUnusable } from "../../store_error.ts";
import type { AnswerMessage, CallMessage, FunctionsOf } from "./protocol.ts";

/** Something went wrong in the worker, or with it, that is nobody's fault here: the disk, mostly. */
export class WorkerFailure extends Error {
  override readonly name = "WorkerFailure";
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The near end of a worker, whose functions are called as if they were here. */
export class WorkerLink<Calls> {
  readonly #worker: Worker;
  #waiting: Waiting[] = [];
  #lost: WorkerFailure | undefined;

  /** @param module the worker's module, which answers with `serveCalls` */
  constructor(module: URL, name: string) {
    this.#worker = new Worker(module, { type: "module", name });
    this.#worker.onmessage = ({ data }: MessageEvent<AnswerMessage>) => this.#answered(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#lose(new WorkerFailure(`the worker ended: ${event.message}`));
    };
  }

  /** Whether there is no worker behind it any more. */
  get lost(): boolean {
    return this.#lost !== undefined;
  }

  /**
   * Calls a function of the worker, after those that were called before.
   *
   * @throws {WorkerFailure | StoreUnusable | JournalFault} what it threw, or that it has ended
   */
  call<Name extends keyof Calls & string>(
    name: Name,
    ...parameters: Parameters<FunctionsOf<Calls>[Name]>
  ): Promise<ReturnType<FunctionsOf<Calls>[Name]>> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    const message: CallMessage = { name, arguments: parameters };
    this.#worker.postMessage(message);
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    return answer as Promise<ReturnType<FunctionsOf<Calls>[Name]>>;
  }

  /** Ends the worker wherever it is. */
  terminate(): void {
    this.#worker.terminate();
    this.#lose(new WorkerFailure("the worker was ended"));
  }

  #answered(answer: AnswerMessage): void {
    const waiting = this.#waiting.shift();
    if ("failure" in answer) waiting?.reject(errorOf(answer.failure));
    else waiting?.resolve(answer.result);
  }

  #lose(failure: WorkerFailure): void {
    if (this.#lost !== undefined) return;
    this.#lost = failure;
    this.#worker.terminate();
    for (const { reject } of this.#waiting.splice(0)) reject(failure);
  }
}

/** Errors lose their class on the way; the code says which it was. */
function errorOf({ code, message }: { code: string | undefined; message: string }): Error {
  if (code === "store-unusable") return new StoreUnusable(message);
  if (code === "journal-fault") return new JournalFault(message);
  return new WorkerFailure(message);
}
