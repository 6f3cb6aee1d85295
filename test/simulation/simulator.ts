/**
 * The simulation of `core-rs/sim`, compiled: a seed tells all of a world, and the report what happened in it.
 */
import { fileURLToPath } from "node:url";

/** The committed module. */
export const simulationModule: string = fileURLToPath(new URL("../../wasm/sim.wasm", import.meta.url));

/** Planted bugs, in the order in which the module numbers them; `off` is none. */
export const bugs = ["off", "lose", "duplicate", "reorder", "lie", "spare"] as const;

/** A planted bug. */
export type Bug = typeof bugs[number];

/** A promise that the engine broke. */
export interface Violation {
  readonly step: number;
  /** Virtual milliseconds since the start. */
  readonly now: number;
  readonly what: string;
}

/** The outcome of one seed. */
export interface Report {
  readonly seed: string;
  readonly steps: number;
  readonly violation: Violation | null;
  /** How often each thing occurred, by name. */
  readonly coverage: Readonly<Record<string, number>>;
}

interface Exports {
  readonly memory: WebAssembly.Memory;
  run(seedLow: number, seedHigh: number, steps: number, bug: number): number;
  report_ptr(): number;
  report_len(): number;
}

/** Runs worlds, one after the other. */
export class Simulator {
  readonly #module: WebAssembly.Module;
  #exports: Exports;

  private constructor(module: WebAssembly.Module) {
    this.#module = module;
    this.#exports = instantiate(module);
  }

  /**
   * @throws {Deno.errors.NotFound} if the module is not there; `deno task core:build` makes it
   */
  static async load(): Promise<Simulator> {
    return new Simulator(await WebAssembly.compile(await Deno.readFile(simulationModule)));
  }

  /**
   * Lets the world of a seed run and come to rest.
   *
   * @param steps happenings before it calms down
   * @returns the report; a panic of the engine is a broken promise like any other
   */
  run(seed: bigint, steps: number, bug: Bug = "off"): Report {
    const [low, high] = [Number(BigInt.asUintN(32, seed)), Number(BigInt.asUintN(32, seed >> 32n))];
    let trapped = false;
    try {
      this.#exports.run(low, high, steps, bugs.indexOf(bug));
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      trapped = true;
    }
    const report = this.#report();
    if (trapped) this.#exports = instantiate(this.#module);
    return report;
  }

  #report(): Report {
    const { memory, report_ptr, report_len } = this.#exports;
    const bytes = new Uint8Array(memory.buffer, report_ptr(), report_len());
    return JSON.parse(new TextDecoder().decode(bytes)) as Report;
  }
}

function instantiate(module: WebAssembly.Module): Exports {
  return new WebAssembly.Instance(module).exports as unknown as Exports;
}
