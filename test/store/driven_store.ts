import type { Progress, Recovered, Store } from "../../src/store/store.ts";
import { frames, type Operation, operationsOf } from "./journal_frames.ts";

/** A store in a folder, opened, closed and recovered the way a broker does. */
export class DrivenStore {
  readonly #open: () => Promise<Store>;
  #store: Store | undefined;
  #sequence = 0;

  constructor(open: () => Promise<Store>) {
    this.#open = open;
  }

  /** The store that is open. */
  get store(): Store {
    if (this.#store === undefined) throw new Error("Cannot use the store: start it first");
    return this.#store;
  }

  /** Opens it, after closing it if it was open, and recovers. */
  async start(
    progress?: (progress: Progress) => void,
  ): Promise<{ operations: Operation[]; recovered: Recovered; chunks: Uint8Array[] }> {
    await this.stop();
    this.#store = await this.#open();
    const chunks: Uint8Array[] = [];
    const recovered = await this.#store.recover((frames) => chunks.push(frames), progress);
    this.#sequence = recovered.sequence;
    return { operations: chunks.flatMap(operationsOf), recovered, chunks };
  }

  /** What a broker that starts now would be given. */
  async kept(): Promise<Operation[]> {
    return (await this.start()).operations;
  }

  /** Hands the next batch over; the promise is the store's. */
  commit(...operations: readonly Operation[]): Promise<number> {
    return this.store.commit(frames(...operations), ++this.#sequence);
  }

  async stop(): Promise<void> {
    await this.#store?.close();
    this.#store = undefined;
  }
}
