import { StoreDegraded } from "../store_error.ts";
import { Backoff } from "./backoff.ts";
import type { CommitCalls, Opened, OpenRequest } from "./calls.ts";
import { reasonOf } from "./database.ts";
import type { Health } from "./health.ts";
import { WorkerLink } from "./worker/worker_link.ts";

/** What asks for something that is committed. */
type ReadName = "load" | "sessions" | "queue" | "retained";

/** What every opening of the database has in common. */
export type OpenOptions = Pick<OpenRequest, "path" | "durability" | "logBytes">;

/** The committing worker, which is opened anew, or started anew, when something has failed. */
export class MendingWorker {
  readonly backoff = new Backoff();
  /** Whether a recovery, or a commit since, has made durable what the last end of a broker means. */
  settled = false;
  /** Whether a batch waits, so that only its commit can tell that all is well. */
  batchWaits = false;
  readonly #options: OpenOptions;
  readonly #health: Health;
  #link = start();
  #mending: Promise<Opened> | undefined;
  #failures = 0;
  #closed = false;

  constructor(options: OpenOptions, health: Health) {
    this.#options = options;
    this.#health = health;
  }

  /**
   * Opens the database for the first time.
   *
   * @throws {StoreUnusable | WorkerFailure} if that cannot be done
   */
  async open(): Promise<void> {
    await this.#open();
  }

  /** The worker as it is, for calls that are not repeated. */
  get link(): WorkerLink<CommitCalls> {
    return this.#link;
  }

  /**
   * Asks for something that is committed, again and again if the database has to be opened anew for it.
   *
   * @throws {StoreDegraded} once this is closed
   */
  async read<Name extends ReadName>(
    name: Name,
    ...parameters: Parameters<CommitCalls[Name]>
  ): Promise<ReturnType<CommitCalls[Name]>> {
    for (let failures = 0; !this.#closed; failures++) {
      try {
        const call: (...parameters: Parameters<CommitCalls[Name]>) => Promise<unknown> = (...given) =>
          this.#link.call(name, ...given as Parameters<CommitCalls[Name]>);
        return await call(...parameters) as ReturnType<CommitCalls[Name]>;
      } catch (error) {
        if (failures > 0) await this.backoff.pause();
        await this.mend(error);
      }
    }
    throw new StoreDegraded("Cannot read from the store: it is closed");
  }

  /** Opens the database anew, however long it takes; gives nothing certain once this is closed. */
  mend(failure: unknown): Promise<Opened> {
    return this.#mending ??= this.#mend(failure).finally(() => this.#mending = undefined);
  }

  /** A batch is durable: what was wrong is over, and what it meant for the broker's last end is settled. */
  succeed(): void {
    this.settled = true;
    this.#failures = 0;
    this.backoff.succeed();
  }

  /** Ends the worker, without waiting for what it has not begun. */
  async close(): Promise<void> {
    this.#closed = true;
    this.backoff.end();
    await this.#link.call("close").catch(() => {});
    this.#link.terminate();
  }

  async #mend(failure: unknown): Promise<Opened> {
    this.#health.set(reasonOf(failure));
    while (!this.#closed) {
      this.#failures += 1;
      try {
        if (this.#link.lost) this.#link = start();
        const opened = await this.#open();
        if (!this.batchWaits) this.#health.set(undefined);
        return opened;
      } catch (error) {
        this.#health.set(reasonOf(error));
        await this.backoff.pause();
      }
    }
    return { sequence: 0, certain: false };
  }

  #open(): Promise<Opened> {
    return this.#link.call("open", { ...this.#options, failures: this.#failures, settled: this.settled });
  }
}

function start(): WorkerLink<CommitCalls> {
  return new WorkerLink(new URL("./commit_worker.ts", import.meta.url), "store");
}
