import type { CheckpointCalls } from "./calls.ts";
import { WorkerLink } from "./worker/worker_link.ts";

/** Between two checkpoints. */
const PAUSE_MS = 100;

/**
 * Has the log written back beside the commits. What goes wrong here goes unsaid: the log gets longer, until the
 * committer meets the same trouble and reports it.
 */
export class Checkpointing {
  readonly #path: string;
  #link: WorkerLink<CheckpointCalls>;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#link = this.#start();
  }

  /** There is something new in the log. */
  committed(): void {
    this.#timer ??= setTimeout(() => this.#checkpoint(), PAUSE_MS);
  }

  /** Opens the database anew, after a failure. */
  reopen(): void {
    if (this.#link.lost) this.#link = this.#start();
    else this.#link.call("open", this.#path).catch(() => {});
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#link.call("close").catch(() => {});
    this.#link.terminate();
  }

  #start(): WorkerLink<CheckpointCalls> {
    const link = new WorkerLink<CheckpointCalls>(
      new URL("./checkpoint_worker.ts", import.meta.url),
      "store checkpoints",
    );
    link.call("open", this.#path).catch(() => {});
    return link;
  }

  async #checkpoint(): Promise<void> {
    await this.#link.call("checkpoint").catch(() => 0);
    this.#timer = undefined;
  }
}
