import { JournalFault, StoreDegraded } from "../store_error.ts";
import type { Health } from "./health.ts";
import type { MendingWorker } from "./mending_worker.ts";

/** A batch that is not durable yet, kept until it is, whatever becomes of the worker. */
interface Waiting {
  readonly frames: Uint8Array;
  readonly sequence: number;
  readonly resolve: (sequence: number) => void;
  readonly reject: (error: Error) => void;
}

/** Batches on their way to the disk, one after the other. */
export class CommitQueue {
  readonly #worker: MendingWorker;
  readonly #health: Health;
  readonly #waiting: Waiting[] = [];
  /** The last batch that was handed over; unknown before a recovery. */
  #handed: number | undefined;
  #working: Promise<void> | undefined;
  #closed = false;

  constructor(worker: MendingWorker, health: Health) {
    this.#worker = worker;
    this.#health = health;
  }

  /** Goes on from the last batch that is durable. */
  begin(sequence: number): void {
    this.#handed = sequence;
  }

  /** See `Store.commit`. */
  add(frames: Uint8Array, sequence: number): Promise<number> {
    if (this.#closed) return Promise.reject(closed());
    if (this.#handed === undefined || sequence !== this.#handed + 1) {
      const right = this.#handed === undefined
        ? "recover comes first"
        : `the next one is ${this.#handed + 1}`;
      return Promise.reject(new JournalFault(`Cannot commit batch ${sequence}: ${right}`));
    }
    this.#handed = sequence;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ frames: alone(frames), sequence, resolve, reject });
      this.#worker.batchWaits = true;
      this.#working ??= this.#work();
    });
  }

  /** Takes no more, and gives up what waits: at once while the store is degraded, else once it is durable. */
  async close(): Promise<void> {
    this.#closed = true;
    const degraded = new Promise<void>((resolve) => {
      if (this.#health.degraded !== undefined) resolve();
      this.#health.watch((reason) => reason === undefined || resolve());
    });
    await Promise.race([this.#working, degraded]);
    this.#giveUp(closed());
  }

  async #work(): Promise<void> {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      try {
        await this.#worker.link.call("commit", { frames: first.frames, sequence: first.sequence });
        this.#committed(first);
      } catch (error) {
        if (error instanceof JournalFault) this.#refuse(first.sequence, error);
        else await this.#mend(first, error);
      }
    }
    this.#working = undefined;
  }

  #committed(batch: Waiting): void {
    if (this.#waiting[0] !== batch) return;
    this.#waiting.shift();
    this.#worker.batchWaits = this.#waiting.length > 0;
    this.#worker.succeed();
    this.#health.set(undefined);
    batch.resolve(batch.sequence);
  }

  /** No engine should have written it, and the batches after it build on it. */
  #refuse(sequence: number, error: Error): void {
    this.#handed = sequence - 1;
    this.#giveUp(error);
  }

  /** The batch may be there all the same; if it is not, it is tried again after a while. */
  async #mend(batch: Waiting, error: unknown): Promise<void> {
    let opened = await this.#worker.mend(error);
    while (opened.sequence >= batch.sequence && !opened.certain) {
      await this.#worker.backoff.pause();
      opened = await this.#worker.mend(error);
    }
    if (opened.sequence >= batch.sequence) this.#committed(batch);
    else await this.#worker.backoff.pause();
  }

  #giveUp(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    this.#worker.batchWaits = false;
  }
}

function closed(): StoreDegraded {
  return new StoreDegraded("Cannot commit: the store is closed");
}

/** A view would take the whole buffer behind it along to the worker. */
function alone(frames: Uint8Array): Uint8Array {
  return frames.byteLength === frames.buffer.byteLength ? frames : frames.slice();
}
