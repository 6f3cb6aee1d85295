import type { Machine } from "./machine.ts";
import type { Run } from "./rounds.ts";

/** Everything that a benchmark found, and what is needed to read it. */
export interface Record {
  /** ISO 8601, UTC. */
  readonly date: string;
  /** The command that made it. */
  readonly command: string;
  readonly commit: string;
  readonly machine: Machine;
  /** Which core did what. */
  readonly cores: string;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Whether the modes had less of everything than their titles say. */
  readonly quick: boolean;
  readonly peers: readonly { readonly name: string; readonly version: string }[];
  /** Every run with its raw values. */
  readonly runs: readonly Run[];
}

/**
 * Keeps a record under `record/<machine>/<date>.json`.
 *
 * @returns where
 */
export async function keepRecord(record: Record): Promise<URL> {
  const folder = new URL(`record/${record.machine.name}/`, import.meta.url);
  await Deno.mkdir(folder, { recursive: true });
  const file = new URL(`${record.date.slice(0, 19).replaceAll(":", "")}.json`, folder);
  await Deno.writeTextFile(file, `${JSON.stringify(record, undefined, 1)}\n`);
  return file;
}
