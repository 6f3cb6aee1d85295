import { Command, CommanderError } from "commander";
import { z } from "zod";
import type { ExternalPeer } from "./peers/external.ts";
import { scenarios, usualScenarios } from "./scenarios.ts";

/** The peers that the benchmark starts by itself. */
export const ownPeers = [
  "heliograph",
  "heliograph-memory",
  "mosquitto",
  "mosquitto-saving",
  "aedes",
  "aedes-level",
  "sink",
] as const;

/** A command line that cannot be run; its message is for the user. Without a message it has been answered already. */
export class OptionsRefused extends Error {
  readonly code = "options-refused";

  /** @param exitCode what the program ends with: 0 if only help was asked for */
  constructor(message: string, readonly exitCode: number) {
    super(message);
  }
}

const names = scenarios.map(({ name }) => name);
const usual = usualScenarios.map(({ name }) => name);

const list = <Name extends string>(allowed: readonly Name[], what: string) =>
  z.string().transform((text) => text.split(",")).pipe(
    z.array(
      z.enum(allowed, { error: ({ input }) => `Unknown ${what} ${input}: one of ${allowed.join(", ")}` }),
    ),
  );

const externalPeer = z.string().transform((text, context): ExternalPeer => {
  const groups = /^(?<name>[\w.-]+)=(?<mqtt>[^@]+:\d+)(?:@(?<pid>\d+))?$/.exec(text)?.groups;
  const [name, mqtt] = [groups?.name, groups?.mqtt];
  if (name === undefined || mqtt === undefined) {
    context.addIssue(`Cannot read peer ${text}: NAME=ADDRESS:PORT or NAME=ADDRESS:PORT@PID is expected`);
    return z.NEVER;
  }
  return { name, mqtt, pid: groups?.pid === undefined ? undefined : Number(groups.pid) };
});

const schema = z.object({
  scenario: list(names, "scenario").default(usual),
  only: list(ownPeers, "peer").default([...ownPeers]),
  peer: z.array(externalPeer).default([]),
  before: z.string().optional(),
  rounds: z.coerce.number().int().min(1).optional(),
  seconds: z.coerce.number().positive().optional(),
  minutes: z.coerce.number().positive().optional(),
  quick: z.boolean().default(false),
  install: z.boolean().default(false),
});

/** A checked command line. */
export interface Options {
  readonly scenarios: readonly string[];
  readonly only: readonly (typeof ownPeers)[number][];
  readonly external: readonly ExternalPeer[];
  readonly before: string | undefined;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** How long a soak lasts, if not as long as its scenario says. */
  readonly soakSeconds: number | undefined;
  readonly quick: boolean;
  readonly install: boolean;
  /** Whether the run is all of the benchmark, so that its table may replace `RESULTS.md`. */
  readonly whole: boolean;
}

/** Fewer rounds make no median. */
const roundsOfMedian = 5;

/**
 * Reads the command line.
 *
 * @throws {OptionsRefused} if it cannot be run, or asks only for help
 */
export function parseOptions(args: readonly string[]): Options {
  const result = schema.safeParse(parse(args));
  if (!result.success) {
    throw new OptionsRefused(result.error.issues.map(({ message }) => message).join("\n"), 64);
  }
  const { scenario, only, peer, before, quick, install, ...rest } = result.data;
  const rounds = rest.rounds ?? (quick ? 1 : roundsOfMedian);
  const whole = !quick && rounds >= roundsOfMedian && isUsual(scenario) &&
    only.length === ownPeers.length;
  return {
    scenarios: scenario,
    only,
    external: peer,
    before,
    rounds,
    seconds: rest.seconds ?? (quick ? 1 : 5),
    warmUpSeconds: quick ? 0.5 : 2,
    soakSeconds: rest.minutes === undefined ? undefined : rest.minutes * 60,
    quick,
    install,
    whole,
  };
}

/** Whether nothing is missing that a run has which names no scenario. */
function isUsual(chosen: readonly string[]): boolean {
  return usual.every((name) => chosen.includes(name));
}

function parse(args: readonly string[]): unknown {
  const collect = (value: string, before: readonly string[] = []) => [...before, value];
  const command = new Command("deno task bench")
    .description("Compares Heliograph with other brokers; bench/README.md says what is measured.")
    .option("--scenario <names>", `only these, with commas: ${names.join(", ")}`)
    .option("--only <names>", `only these of the peers that are started here: ${ownPeers.join(", ")}`)
    .option("--peer <name=address:port[@pid]>", "another broker, which runs already (repeatable)", collect)
    .option("--before <checkout>", "another checkout of Heliograph, as the peer `before`")
    .option("--rounds <number>", "rounds of each scenario (5)")
    .option("--seconds <number>", "seconds of each measurement (5)")
    .option("--minutes <number>", "minutes of the scenario soak (10)")
    .option("--quick", "one short round of everything, smaller; keeps no record")
    .option("--install", "install mosquitto with apt-get if it is missing")
    .exitOverride();
  try {
    return command.parse([...args], { from: "user" }).opts();
  } catch (error) {
    // Commander has said on stderr, or on stdout for help, what there is to say.
    if (error instanceof CommanderError) throw new OptionsRefused("", error.exitCode === 0 ? 0 : 64);
    throw error;
  }
}
