import type { Core } from "../../wasm/mod.ts";
import type { Logger } from "../observe/log.ts";
import type { Store } from "../store/store.ts";
import { StoreDegraded } from "../store/store_error.ts";

/** What the keeper needs of the broker. */
export interface KeeperOwner {
  readonly core: Core;
  readonly log: Logger;
  /** The clock that the core is given, in milliseconds. */
  now(): number;
  /** Calls the core, carries out what comes of it, and gives up where that fails. */
  do(call: () => void): void;
  /** The store has lost its senses, or we have: nothing can go on. */
  failed(error: unknown): void;
}

/** How often the store is told that the broker is alive, in milliseconds. */
const ALIVE_INTERVAL = 10_000;
/** A recovery that takes longer tells how far it is, in milliseconds. */
const PROGRESS_AFTER = 1000;

/** Stands between the core and the store: hands batches over and brings contents back. */
export class Keeper {
  readonly #store: Store;
  readonly #owner: KeeperOwner;
  /** The batch that is being made durable; the core hands out one at a time. */
  #committing: Promise<void> | undefined;
  /** Resolves once the store keeps no promises for the time being. */
  #refusal = Promise.withResolvers<void>();
  #wanted: number[] = [];
  #aliveTimer: ReturnType<typeof setInterval> | undefined;

  constructor(store: Store, owner: KeeperOwner) {
    this.#store = store;
    this.#owner = owner;
  }

  /** Why nothing can be promised at present, in words. */
  get degraded(): string | undefined {
    return this.#store.degraded;
  }

  /**
   * Gives the core back what it had. Before any connection is opened.
   *
   * @throws {StoreUnusable} if the store cannot be read
   * @throws {CorruptJournal} if it holds what the core did not write
   */
  async recover(): Promise<void> {
    const { core, log } = this.#owner;
    const begun = performance.now();
    let told = begun;
    const state = await this.#store.recover((frames) => core.recover(frames), ({ done, total }) => {
      if (performance.now() - told < PROGRESS_AFTER) return;
      told = performance.now();
      log.info("recovering", { done, total });
    });
    core.recovered(
      { ...state, aliveAt: state.aliveAt === 0 ? Date.now() : state.aliveAt },
      this.#owner.now(),
    );
    log.info("recovered", { sequence: state.sequence, durationMs: Math.round(performance.now() - begun) });
    this.#begin();
  }

  #begin(): void {
    const { core, now } = { core: this.#owner.core, now: () => this.#owner.now() };
    this.#store.watch((reason) => {
      this.#tell(reason);
      this.#owner.do(() => core.degrade(reason !== undefined, now()));
    });
    this.#store.alive(Date.now());
    this.#aliveTimer = setInterval(() => {
      this.#store.alive(Date.now());
      this.#owner.do(() => core.wall(Date.now() - now()));
    }, ALIVE_INTERVAL);
  }

  #tell(reason: string | undefined): void {
    if (reason === undefined) {
      this.#refusal = Promise.withResolvers();
      this.#owner.log.info("the store keeps promises again");
    } else {
      this.#refusal.resolve();
      this.#owner.log.error("the store cannot keep promises", { reason });
    }
  }

  /** Makes a batch durable, and says so. */
  commit(sequence: number, batch: Uint8Array): void {
    const { core } = this.#owner;
    this.#committing = this.#store.commit(batch, sequence).then(
      (safe) => {
        this.#committing = undefined;
        this.#owner.do(() => core.committed(safe, this.#owner.now()));
      },
      (error) => {
        this.#committing = undefined;
        // The store was closed while the disk refused: nobody was promised anything of it.
        if (!(error instanceof StoreDegraded)) this.#owner.failed(error);
      },
    );
  }

  /** Brings the contents of a body back, together with all others that are asked for in this turn. */
  load(body: number): void {
    this.#wanted.push(body);
    if (this.#wanted.length === 1) queueMicrotask(() => this.#load());
  }

  #load(): void {
    const bodies = this.#wanted;
    this.#wanted = [];
    this.#store.load(bodies).then(
      (contents) => this.#owner.do(() => this.#loaded(bodies, contents)),
      (error) => {
        if (!(error instanceof StoreDegraded)) this.#owner.failed(error);
      },
    );
  }

  #loaded(bodies: readonly number[], contents: readonly (Uint8Array | undefined)[]): void {
    const { core } = this.#owner;
    for (const [index, body] of bodies.entries()) {
      const found = contents[index];
      if (found === undefined) core.lost(body, this.#owner.now());
      else core.loaded(body, found, this.#owner.now());
    }
  }

  /** Waits until what was handed over is durable; false if there was nothing, or the store cannot make it so. */
  async settled(): Promise<boolean> {
    if (this.#committing === undefined) return false;
    await Promise.race([this.#committing, this.#refusal.promise]);
    return this.degraded === undefined;
  }

  /** Lets go of the store. */
  async close(): Promise<void> {
    clearInterval(this.#aliveTimer);
    await this.#store.close();
  }
}
