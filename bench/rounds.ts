import { bareCommit } from "./bare_commit.ts";
import type { Duration, LoadGenerator } from "./load_generator.ts";
import type { Peer, RunningPeer } from "./peers/peer.ts";
import { type LoadReport, type ModeReport, objection } from "./report.ts";
import {
  featuresOf,
  isPersistent,
  type ModeScenario,
  optionsOf,
  type Scenario,
  setupOf,
} from "./scenario.ts";

/** One run of one scenario against one peer. */
export interface Run {
  readonly scenario: string;
  readonly peer: string;
  /** From 1. */
  readonly round: number;
  /** What the generator said, if it said anything. */
  readonly report?: LoadReport | ModeReport;
  /** Why the figures do not count. */
  readonly objection?: string;
}

/** How the rounds are run. */
export interface RoundsOptions extends Duration {
  readonly rounds: number;
  /** Run the modes with less of everything. */
  readonly quick: boolean;
  /** How long a soak lasts, if not as long as its scenario says. */
  readonly soakSeconds?: number | undefined;
  /** Times bare commits, once in each round of a scenario with persistent sessions. */
  readonly timeBareCommit: () => Promise<ModeReport>;
}

/**
 * Runs scenarios against peers, alternating: each peer once in a round, and each round begins with another peer.
 * Every run has a fresh broker. Scenarios of one group alternate in the same way.
 *
 * @param report called after each run
 */
export async function runRounds(
  plan: { readonly scenarios: readonly Scenario[]; readonly peers: readonly Peer[] },
  generator: LoadGenerator,
  options: RoundsOptions & { readonly report: (run: Run) => void },
): Promise<readonly Run[]> {
  const runs: Run[] = [];
  const add = (run: Run) => {
    options.report(run);
    runs.push(run);
  };
  for (const { scenario, round } of inOrder(plan.scenarios, options.rounds)) {
    const peers = plan.peers.filter((peer) => takesPart(peer, scenario));
    if (isPersistent(scenario)) {
      const outcome = await outcomeOf(options.timeBareCommit);
      add({ scenario: scenario.name, peer: bareCommit, round, ...outcome });
    }
    for (const peer of rotated(peers, round - 1)) {
      const outcome = await outcomeOf(() => runOnce(scenario, peer, { generator, ...options }));
      add({ scenario: scenario.name, peer: peer.name, round, ...outcome });
    }
  }
  return runs;
}

/** Which scenario when: all rounds of one, then the next; those of a group together, each round begun with another. */
function* inOrder(
  scenarios: readonly Scenario[],
  rounds: number,
): Generator<{ readonly scenario: Scenario; readonly round: number }> {
  for (const group of Map.groupBy(scenarios, ({ group, name }) => group ?? name).values()) {
    for (let round = 1; round <= rounds; round++) {
      for (const scenario of rotated(group, round - 1)) {
        if (round <= (scenario.roundsMax ?? Infinity)) yield { scenario, round };
      }
    }
  }
}

/** Whether a peer can answer a question. The sink shows the generator's limit, and only that. */
function takesPart(peer: Peer, scenario: Scenario): boolean {
  if (peer.persistentOnly && !isPersistent(scenario)) return false;
  if (scenario.question === "mode" && peer.name === "sink") return false;
  const needed = featuresOf(scenario);
  return !peer.lacks.some((lacked) => needed.includes(lacked));
}

/** The same list, begun at another place. */
export function rotated<Item>(items: readonly Item[], by: number): readonly Item[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

type Outcome = Pick<Run, "report" | "objection">;

async function outcomeOf(measure: () => Promise<LoadReport | ModeReport>): Promise<Outcome> {
  try {
    const report = await measure();
    const found = objection(report);
    return found === undefined ? { report } : { report, objection: found };
  } catch (error) {
    return { objection: withoutPaths(error instanceof Error ? error.message : String(error)) };
  }
}

async function runOnce(
  scenario: Scenario,
  peer: Peer,
  options: RoundsOptions & { readonly generator: LoadGenerator },
): Promise<LoadReport | ModeReport> {
  const running = await peer.start(setupOf(scenario, options.quick));
  try {
    const before = running.commits?.() ?? 0;
    const began = performance.now();
    const report = await measure(scenario, running, options);
    const seconds = (performance.now() - began) / 1000;
    const after = running.commits?.();
    return after === undefined ? report : { ...report, commitsPerSecond: (after - before) / seconds };
  } finally {
    await running.stop();
  }
}

/** A record names no place of the machine that made it. */
function withoutPaths(text: string): string {
  return text.replaceAll(/(?<![\w.:])\/[\w./-]+/g, "…");
}

function measure(
  scenario: Scenario,
  running: RunningPeer,
  options: RoundsOptions & { readonly generator: LoadGenerator },
): Promise<LoadReport | ModeReport> {
  if (scenario.question !== "mode") return options.generator.load(scenario, running, options);
  return options.generator.mode(scenario, running, modeOptions(scenario, options));
}

function modeOptions(scenario: ModeScenario, options: RoundsOptions): ModeScenario["options"] {
  const chosen = optionsOf(scenario, options.quick);
  const { soakSeconds } = options;
  return scenario.mode === "soak" && soakSeconds !== undefined ? { ...chosen, seconds: soakSeconds } : chosen;
}
