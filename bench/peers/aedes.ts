import { fileURLToPath } from "node:url";
import project from "../../deno.json" with { type: "json" };
import type { Cores } from "../cores.ts";
import { startAnnounced } from "./announced.ts";
import type { Peer } from "./peer.ts";

/** Aedes from npm, under the Deno that runs the benchmark (Node.js was no faster). */
export function aedes(cores: Cores): Peer {
  const server = fileURLToPath(new URL("aedes_server.ts", import.meta.url));
  const version = project.imports.aedes.split("@").at(-1) ?? "";
  return {
    name: "aedes",
    version: `${version} on Deno ${Deno.version.deno}`,
    // It answers MQTT 5 with CONNACK 1, unacceptable protocol version.
    lacks: ["5"],
    start: () =>
      startAnnounced({
        name: "aedes",
        command: [...cores.broker, Deno.execPath(), "run", "--allow-net", "--allow-env", server],
      }),
  };
}
