import type { Certificates } from "../certificates.ts";
import type { Cores } from "../cores.ts";
import type { LoadGenerator } from "../load_generator.ts";
import type { Options } from "../options.ts";
import { aedes } from "./aedes.ts";
import { external } from "./external.ts";
import { heliograph } from "./heliograph.ts";
import { installMosquitto, mosquitto } from "./mosquitto.ts";
import { type Peer, PeerFailed } from "./peer.ts";
import { sink } from "./sink.ts";

/**
 * The peers that a command line asks for, as far as they are there.
 *
 * @param missing told of each that is not, and what would help
 * @throws {PeerFailed} if one that was named is not there
 */
export async function findPeers(
  options: Options,
  { generator, cores, checkout, certificates, missing }: {
    readonly generator: LoadGenerator;
    readonly cores: Cores;
    readonly checkout: string;
    /** For brokers that are to listen for TLS, if any is. */
    readonly certificates: Certificates | undefined;
    readonly missing: (text: string) => void;
  },
): Promise<readonly Peer[]> {
  const peers: Peer[] = [];
  const take = (peer: Peer | undefined, otherwise: string) => {
    if (peer === undefined) missing(otherwise);
    else peers.push(peer);
  };
  for (const name of options.only) {
    switch (name) {
      case "heliograph":
      case "heliograph-memory": {
        const durability = name === "heliograph" ? {} : { durability: "memory" as const };
        const peer = await heliograph({ name, checkout, certificates, ...durability }, cores);
        take(peer, `${name} is left out: there is no src/main.ts here`);
        break;
      }
      case "mosquitto":
      case "mosquitto-saving": {
        if (options.install) await installMosquitto();
        const peer = await mosquitto({ name, saves: name === "mosquitto-saving", certificates }, cores);
        take(peer, `${name} is left out: install mosquitto, or let --install do so`);
        break;
      }
      case "aedes":
      case "aedes-level":
        take(
          await aedes({ name, level: name === "aedes-level" }, cores),
          `${name} is left out: it needs Node.js and npm`,
        );
        break;
      case "sink":
        peers.push(sink(generator.program, cores));
    }
  }
  if (options.before !== undefined) {
    const before = await heliograph({ name: "before", checkout: options.before, certificates }, cores);
    if (before === undefined) {
      throw new PeerFailed(`Cannot measure ${options.before}: there is no src/main.ts`);
    }
    peers.push(before);
  }
  return [...peers, ...options.external.map(external)];
}
