import { resolve } from "node:path";
import {
  anonymousResources,
  benchUser,
  certificateResources,
  connectionsOf,
  membersResources,
  userResources,
} from "../access.ts";
import type { Certificates } from "../certificates.ts";
import { commitOf } from "../commit.ts";
import type { Cores } from "../cores.ts";
import type { Feature, Setup } from "../scenario.ts";
import { startAnnounced } from "./announced.ts";
import { withDataFolder } from "./data_folder.ts";
import { commitsIn } from "./heliograph_commits.ts";
import { programOf } from "./heliograph_program.ts";
import { type Peer, PeerFailed, type RunningPeer } from "./peer.ts";

/** How Heliograph is measured. */
export interface HeliographOptions {
  readonly name: string;
  readonly checkout: string;
  /** Its own default if left out. */
  readonly durability?: "relaxed" | "memory";
  /** What it shows over TLS, if that is asked for. */
  readonly certificates: Certificates | undefined;
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
  const program = programOf(checkout);
  // No line for each connection: mosquitto writes none here either.
  const serve = ["serve", "--mqtt", "127.0.0.1:0", "--http", "127.0.0.1:0", "--log-level", "warn"];
  const command = [...cores.broker, ...program, ...serve];
  const environment: Record<string, string> = durability === undefined
    ? {}
    : { HELIOGRAPH_DURABILITY: durability };
  // It keeps its data in `./data`. Named by a flag, a commit without that flag could not be measured beside it.
  const start = async (directory: string, setup: Setup): Promise<RunningPeer> => {
    const more = await argumentsFor(setup, directory, options.certificates);
    const running = await startAnnounced({
      name,
      command: [...command, ...more],
      directory,
      environment: { ...environment, ...limitsOf(setup) },
    });
    const user = setup.topicSpaces > 0 || setup.members > 0 ? benchUser : undefined;
    const clientCertificate = setup.tls === "mutual" ? options.certificates?.client : undefined;
    return { ...running, user, clientCertificate, commits: () => commitsIn(`${directory}/data`) };
  };
  return {
    name,
    version: `${await commitOf(checkout)} on Deno ${Deno.version.deno}`,
    lacks: await lacking(program),
    persistentOnly: durability !== undefined,
    start: (setup) => withDataFolder((directory) => start(directory, setup)),
  };
}

/** Which flags came with what: an earlier commit that is measured beside this one may not have them. */
const flags: readonly (readonly [flag: string, feature: Feature])[] = [
  ["--mqtts", "tls"],
  ["--resources", "access"],
];

async function lacking([program = "", ...args]: readonly string[]): Promise<readonly Feature[]> {
  const command = new Deno.Command(program, { args: [...args, "serve", "--help"], stderr: "null" });
  const help = new TextDecoder().decode((await command.output()).stdout);
  return flags.filter(([flag]) => !help.includes(flag)).map(([, feature]) => feature);
}

/** By default a broker takes 15,000 connections: the members of a scenario, and nobody beside them. */
function limitsOf({ members }: Setup): Record<string, string> {
  if (members === 0) return {};
  return { HELIOGRAPH_LIMITS__CONNECTIONS_MAX: String(connectionsOf(members)) };
}

/** The flags of a setup. */
async function argumentsFor(
  { tls, topicSpaces, members }: Setup,
  directory: string,
  certificates: Certificates | undefined,
): Promise<readonly string[]> {
  if (tls === "no" && topicSpaces === 0 && members === 0) return [];
  const file = `${directory}/resources.yaml`;
  const resources = ["--resources", file];
  if (tls === "no") {
    await Deno.writeTextFile(file, members > 0 ? membersResources(members) : userResources(topicSpaces));
    return resources;
  }
  if (topicSpaces > 0 || members > 0) throw new PeerFailed("No scenario asks for TLS and users together");
  if (certificates === undefined) throw new PeerFailed("Heliograph has no certificate for TLS");
  const { server, ca } = certificates;
  const listener = ["--mqtts", "127.0.0.1:0", "--tls-cert", server.certificate, "--tls-key", server.key];
  if (tls === "mutual") {
    await Deno.writeTextFile(file, certificateResources(await Deno.readTextFile(ca)));
    return [...listener, ...resources];
  }
  // Over TLS nobody comes in without an identity unless the broker is told so, and then may do what is granted.
  await Deno.writeTextFile(file, anonymousResources());
  return [...listener, ...resources, "--anonymous", "on"];
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
