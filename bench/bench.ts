import { fileURLToPath } from "node:url";
import { timeBareCommit } from "./bare_commit.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { commitOf } from "./commit.ts";
import { separateCores } from "./cores.ts";
import { buildGenerator, GeneratorFailed } from "./load_generator.ts";
import { describeMachine } from "./machine.ts";
import { type Options, OptionsRefused, parseOptions } from "./options.ts";
import { findPeers } from "./peers/mod.ts";
import { PeerFailed } from "./peers/peer.ts";
import { keepRecord, type Record } from "./record.ts";
import { figureAt } from "./report.ts";
import { type Run, runRounds } from "./rounds.ts";
import { type Scenario, setupOf } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";
import { renderTables } from "./table.ts";
import { format } from "./unit.ts";

const checkout = fileURLToPath(new URL("..", import.meta.url));

/**
 * Runs the benchmark: tables on stdout, progress on stderr.
 *
 * @returns the code to exit with: 0 if every run counts, 1 if one does not, 64 for a wrong command line, 69 if
 *   something that was asked for is missing
 */
export async function runBench(args: readonly string[]): Promise<number> {
  try {
    return await measure(parseOptions(args), args);
  } catch (error) {
    if (error instanceof OptionsRefused) {
      if (error.message !== "") console.error(error.message);
      return error.exitCode;
    }
    if (error instanceof GeneratorFailed || error instanceof PeerFailed) {
      console.error(error.message);
      return 69;
    }
    throw error;
  }
}

async function measure(options: Options, args: readonly string[]): Promise<number> {
  const chosen = scenarios.filter(({ name }) => options.scenarios.includes(name));
  const certificates = chosen.some((scenario) => setupOf(scenario).tls !== "no")
    ? await makeCertificates(checkout)
    : undefined;
  try {
    return await measureAll(chosen, certificates, { options, args });
  } finally {
    await certificates?.remove();
  }
}

async function measureAll(
  chosen: readonly Scenario[],
  certificates: Certificates | undefined,
  { options, args }: { readonly options: Options; readonly args: readonly string[] },
): Promise<number> {
  const cores = await separateCores();
  const generator = await buildGenerator(cores);
  const peers = await findPeers(options, {
    generator,
    cores,
    checkout,
    certificates,
    missing: console.error,
  });
  const runs = await runRounds({ scenarios: chosen, peers }, generator, {
    ...options,
    timeBareCommit: () => timeBareCommit(cores),
    report: tell,
  });
  const record: Record = {
    date: new Date().toISOString(),
    command: ["deno task bench", ...args.map(withoutPath)].join(" "),
    commit: await commitOf(checkout),
    machine: await describeMachine(),
    cores: cores.text,
    warmUpSeconds: options.warmUpSeconds,
    seconds: options.seconds,
    quick: options.quick,
    peers: peers.map(({ name, version }) => ({ name, version })),
    runs,
  };
  await publish(record, options);
  return runs.every(({ objection }) => objection === undefined) ? 0 : 1;
}

/** A record names no place of the machine that made it. */
function withoutPath(argument: string): string {
  return argument.includes("/") ? "…" : argument;
}

function tell({ scenario, peer, round, report, objection }: Run): void {
  const rate = figureAt(report, "messagesPerSecond");
  const found = objection ?? (rate === undefined ? "done" : `${format(rate, "perSecond")} messages/s`);
  console.error(`${scenario} · round ${round} · ${peer} · ${found}`);
}

async function publish(record: Record, { quick, whole }: Options): Promise<void> {
  const tables = renderTables(record, scenarios);
  console.log(tables);
  if (!quick) console.error(`kept in ${fileURLToPath(await keepRecord(record))}`);
  if (whole) await Deno.writeTextFile(new URL("RESULTS.md", import.meta.url), `# Results\n\n${tables}`);
}
