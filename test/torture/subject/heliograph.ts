import { startFlags } from "../../cli/process.ts";
import type { Address } from "../client/connection.ts";
import { ChildProcess } from "./process.ts";
import type { Launched, Subject } from "./subject.ts";

export interface HeliographOptions {
  /** The data directory. */
  readonly data: string;
  /** What the broker promises; its default if nothing is said. */
  readonly durability?: "strict" | "relaxed" | "memory";
  /** Put before the command, to start it in another mount namespace. */
  readonly prefix?: readonly string[];
  /** More of its configuration. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Where a broker of ours listens. */
export interface Addresses {
  readonly mqtt: Address;
  readonly http: Address;
}

/** A broker of ours whose HTTP address is known, too. */
export interface LaunchedHeliograph extends Launched {
  readonly addresses: Promise<Addresses>;
  /** SIGTERM; resolves with the exit code once the process is gone. */
  stop(): Promise<number>;
}

/** Our broker on one data directory. */
export interface Heliograph extends Subject {
  launch(): LaunchedHeliograph;
}

/** Our broker, with the permissions that it has for its users. */
export async function heliograph(
  options: HeliographOptions,
): Promise<Heliograph> {
  const flags = await startFlags();
  return { name: `heliograph (${options.durability ?? "strict"})`, launch: () => launch(options, flags) };
}

function launch(options: HeliographOptions, flags: readonly string[]): LaunchedHeliograph {
  const { prefix = [], data, durability, env } = options;
  const announced = Promise.withResolvers<Addresses>();
  const listeners = new Map<string, Address>();
  const process = new ChildProcess({
    command: [...prefix, Deno.execPath(), ...flags, "serve", ...ports, "--data", data],
    env: { ...env, ...durability === undefined ? {} : { HELIOGRAPH_DURABILITY: durability } },
    onLine: (line) => {
      const [word, protocol = "", address = ""] = line.split(" ");
      if (word === "listening") listeners.set(protocol, address);
      if (line !== "ready") return;
      announced.resolve({ mqtt: listeners.get("mqtt") ?? "", http: listeners.get("http") ?? "" });
    },
  });
  void process.gone.then(() => announced.reject(new Error(`The broker has ended:\n${process.log()}`)));
  const ready = announced.promise.then(({ mqtt }) => mqtt);
  // Nobody waits for a broker that is killed while it starts.
  ready.catch(() => {});
  return {
    addresses: announced.promise,
    ready,
    get hasEnded() {
      return process.hasEnded;
    },
    freeze: () => process.freeze(),
    thaw: () => process.thaw(),
    kill: () => process.kill(),
    stop: () => process.stop(),
    log: () => process.log(),
  };
}

const ports = ["--mqtt", "127.0.0.1:0", "--http", "127.0.0.1:0"];
