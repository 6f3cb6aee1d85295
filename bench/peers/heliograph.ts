import { resolve } from "node:path";
import type { Cores } from "../cores.ts";
import { commitOf } from "../commit.ts";
import { startAnnounced } from "./announced.ts";
import { withDataFolder } from "./data_folder.ts";
import { commitsIn } from "./heliograph_commits.ts";
import type { Peer } from "./peer.ts";

/** How Heliograph is measured. */
export interface HeliographOptions {
  readonly name: string;
  readonly checkout: string;
  /** Its own default if left out. */
  readonly durability?: "relaxed" | "memory";
}

/**
 * Heliograph from a checkout.
 *
 * @returns `undefined` if there is no broker in that checkout
 */
export async function heliograph(options: HeliographOptions, cores: Cores): Promise<Peer | undefined> {
  const { name, durability } = options;
  const checkout = resolve(options.checkout);
  if (!await exists(`${checkout}/src/main.ts`)) return undefined;
  const permissions = ["--allow-net", "--allow-read", "--allow-write", "--allow-env"];
  const run = ["run", "--config", `${checkout}/deno.json`, ...permissions, `${checkout}/src/main.ts`];
  // No line for each connection: mosquitto writes none here either.
  const serve = ["serve", "--mqtt", "127.0.0.1:0", "--http", "127.0.0.1:0", "--log-level", "warn"];
  const command = [...cores.broker, Deno.execPath(), ...run, ...serve];
  const environment: Record<string, string> = durability === undefined
    ? {}
    : { HELIOGRAPH_DURABILITY: durability };
  return {
    name,
    version: `${await commitOf(checkout)} on Deno ${Deno.version.deno}`,
    lacks: [],
    persistentOnly: durability !== undefined,
    // It keeps its data in `./data`. Named by a flag, a commit without that flag could not be measured beside it.
    start: () =>
      withDataFolder(async (directory) => {
        const running = await startAnnounced({ name, command, directory, environment });
        return { ...running, commits: () => commitsIn(`${directory}/data`) };
      }),
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
