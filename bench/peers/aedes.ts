import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cores } from "../cores.ts";
import { startAnnounced } from "./announced.ts";
import { withDataFolder } from "./data_folder.ts";
import { type Peer, PeerFailed } from "./peer.ts";

const aedesVersion = "1.2.0";
const levelVersion = "9.2.0";
const packages = [`aedes@${aedesVersion}`, "ws@8.23.0"];
const levelPackages = [`aedes-persistence-level@${levelVersion}`, "classic-level@3.0.0"];

/** How aedes is measured. */
export interface AedesOptions {
  readonly name: string;
  /** Whether it keeps sessions in LevelDB, with `aedes-persistence-level`; otherwise in memory. */
  readonly level: boolean;
}

/**
 * Aedes from npm under Node.js, its own runtime; under Deno it is as fast, but a large message to subscribers who do
 * not read never arrives.
 *
 * @returns `undefined` if there is no Node.js
 * @throws {PeerFailed} if npm cannot install it
 */
export async function aedes({ name, level }: AedesOptions, cores: Cores): Promise<Peer | undefined> {
  const node = await read("node", ["--version"]);
  if (node === undefined) return undefined;
  const server = await install(level);
  const command = [...cores.broker, "node", server];
  const store = level ? ` with aedes-persistence-level ${levelVersion}` : "";
  return {
    name,
    version: `${aedesVersion}${store} on Node.js ${node.replace("v", "")}`,
    // It answers MQTT 5 with CONNACK 1, unacceptable protocol version.
    lacks: ["5", "tls", "access"],
    persistentOnly: level,
    start: () =>
      withDataFolder((folder) =>
        startAnnounced({ name, command: level ? [...command, `${folder}/level`] : command })
      ),
  };
}

/** Installs it outside the project, which has no `package.json`; the next run finds it there. */
async function install(level: boolean): Promise<string> {
  const wanted = level ? [...packages, ...levelPackages] : packages;
  const folder = join(
    tmpdir(),
    `heliograph-bench-aedes-${aedesVersion}${level ? `-level-${levelVersion}` : ""}`,
  );
  await Deno.mkdir(folder, { recursive: true });
  const options = ["--prefix", folder, "--no-audit", "--no-fund", "--prefer-offline"];
  const installed = await read("npm", ["install", ...options, ...wanted]);
  if (installed === undefined) throw new PeerFailed(`Cannot install ${wanted.join(" and ")} with npm`);
  const server = join(folder, "server.mjs");
  await Deno.copyFile(new URL("aedes_server.mjs", import.meta.url), server);
  return server;
}

/** What a command says, or `undefined` if it is not there or fails. */
async function read(command: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(command, { args: [...args], stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
