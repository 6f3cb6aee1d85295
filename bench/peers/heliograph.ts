import type { Cores } from "../cores.ts";
import { commitOf } from "../commit.ts";
import { startAnnounced } from "./announced.ts";
import type { Peer } from "./peer.ts";

/**
 * Heliograph from a checkout.
 *
 * @returns `undefined` if there is no broker in that checkout
 */
export async function heliograph(name: string, checkout: string, cores: Cores): Promise<Peer | undefined> {
  if (!await exists(`${checkout}/src/main.ts`)) return undefined;
  const permissions = ["--allow-net", "--allow-read", "--allow-write", "--allow-env"];
  // No line for each connection: mosquitto writes none here either.
  const serve = ["serve", "--mqtt", "127.0.0.1:0", "--http", "127.0.0.1:0", "--log-level", "warn"];
  return {
    name,
    version: `${await commitOf(checkout)} on Deno ${Deno.version.deno}`,
    lacks: [],
    start: () =>
      startAnnounced({
        name,
        command: [...cores.broker, Deno.execPath(), "run", ...permissions, "src/main.ts", ...serve],
        directory: checkout,
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
