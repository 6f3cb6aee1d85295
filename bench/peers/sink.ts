import type { Cores } from "../cores.ts";
import { startAnnounced } from "./announced.ts";
import type { Peer } from "./peer.ts";

/** The generator's own sink: no broker, but what a broker's figure must stay well below to mean something. */
export function sink(program: string, cores: Cores): Peer {
  return {
    name: "sink",
    version: "the generator's own",
    lacks: ["access"],
    start: () => startAnnounced({ name: "sink", command: [...cores.broker, program, "sink"] }),
  };
}
