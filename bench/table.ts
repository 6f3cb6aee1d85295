import { bareCommit } from "./bare_commit.ts";
import { median } from "./median.ts";
import type { Record } from "./record.ts";
import { figureAt } from "./report.ts";
import type { Run } from "./rounds.ts";
import {
  type Figure,
  isPersistent,
  type LoadScenario,
  type ModeScenario,
  type Part,
  type Scenario,
  type Unit,
} from "./scenario.ts";
import { format } from "./unit.ts";

/** The peer that ratios are taken to. */
const reference = "mosquitto";

/** The peer that `--before` makes, and the share of its rate that must be left where nothing needs the disk. */
const earlier = "before";
const earlierGoal = 0.95;

/** Writes a record as Markdown: one table per question, medians, and what is needed to repeat it. */
export function renderTables(record: Record, scenarios: readonly Scenario[]): string {
  const measured = scenarios.filter(({ name }) => record.runs.some(({ scenario }) => scenario === name));
  const loads = measured.filter((scenario) => scenario.question !== "mode");
  const sections = [
    circumstances(record),
    throughputSection(record.runs, loads.filter(({ question }) => question === "throughput")),
    againstSection(record.runs, loads),
    latencySection(record.runs, loads.filter(({ question }) => question === "latency")),
    ...measured.filter((scenario) => scenario.question === "mode").map((mode) =>
      modeSection(record.runs, mode)
    ),
    persistentSection(record.runs, measured.filter(isPersistent)),
    objectionSection(record.runs),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

function circumstances(record: Record): string {
  const { machine } = record;
  const peers = record.peers.map(({ name, version }) => `${name} (${version})`).join(", ");
  return [
    `Made by \`${record.command}\` at commit ${record.commit}, ${record.date.slice(0, 10)}.`,
    `Machine: ${machine.cpus} CPUs (${machine.model}), ${machine.memoryGibibytes} GiB, kernel ${machine.kernel}, ` +
    `TCP ${machine.congestionControl}, data on ${machine.fileSystem}; ${record.cores}.`,
    `Peers: ${peers}.`,
    `Medians; each measurement ${record.seconds} s after ${record.warmUpSeconds} s of warm-up, a fresh broker for each.`,
    ...record.quick ? ["Quick: fewer connections, messages and subscriptions than the titles say."] : [],
  ].join("\n");
}

function throughputSection(runs: readonly Run[], scenarios: readonly LoadScenario[]): string {
  if (scenarios.length === 0) return "";
  const header = ["work", "peer", "rounds", "messages/s", "min–max", `× ${reference}`];
  const hasEarlier = runs.some(({ peer }) => peer === earlier);
  const rows = scenarios.flatMap((scenario) =>
    peersOf(runs, scenario).map((peer) => throughputRow(runs, scenario, { peer, hasEarlier }))
  );
  return section("Throughput: messages received per second", [
    [
      ...header,
      ...hasEarlier ? [`× ${earlier}`] : [],
      "CPU µs/message",
      "resident MiB",
      "generator CPU",
      "others' CPU",
    ],
    ...rows,
  ]);
}

function throughputRow(
  runs: readonly Run[],
  scenario: LoadScenario,
  { peer, hasEarlier }: { readonly peer: string; readonly hasEarlier: boolean },
): string[] {
  const rates = figures(runs, scenario, peer, "messagesPerSecond");
  const ratioTo = (other: string) =>
    format(divided(median(rates), median(figures(runs, scenario, other, "messagesPerSecond"))), "ratio");
  const cleanGoal = isPersistent(scenario) ? undefined : earlierGoal;
  return [
    scenario.title,
    peer,
    String(rates.length),
    format(median(rates), "count"),
    rates.length === 0
      ? "–"
      : `${format(Math.min(...rates), "count")}–${format(Math.max(...rates), "count")}`,
    withGoal(ratioTo(reference), peer, scenario.goal),
    ...hasEarlier ? [withGoal(ratioTo(earlier), peer, cleanGoal)] : [],
    cell(runs, scenario, peer, "broker.cpuUsPerMessage", "ratio"),
    cell(runs, scenario, peer, "broker.residentBytes", "mebibytes"),
    cell(runs, scenario, peer, "generatorCpu", "share"),
    cell(runs, scenario, peer, "othersCpu", "share"),
  ];
}

function againstSection(runs: readonly Run[], scenarios: readonly LoadScenario[]): string {
  const rows = scenarios.flatMap((scenario) => {
    const other = scenarios.find(({ name }) => name === scenario.against?.scenario);
    if (other === undefined) return [];
    return peersOf(runs, scenario).map((peer) => {
      const rate = (of: LoadScenario) => median(figures(runs, of, peer, "messagesPerSecond"));
      const share = format(divided(rate(scenario), rate(other)), "ratio");
      return [`${scenario.title} ÷ ${other.title}`, peer, withGoal(share, peer, scenario.against?.goal)];
    });
  });
  return rows.length === 0
    ? ""
    : section("One broker in two scenarios", [["work", "peer", "ratio"], ...rows]);
}

function latencySection(runs: readonly Run[], scenarios: readonly LoadScenario[]): string {
  if (scenarios.length === 0) return "";
  const header = ["work", "peer", "rounds", "p50 µs", "p99 µs", "max µs", `p99 × ${reference}`];
  const rows = scenarios.flatMap((scenario) =>
    peersOf(runs, scenario).map((peer) => latencyRow(runs, scenario, peer))
  );
  return section("Latency: from when a message was due to when it was received", [
    [...header, "generator late p99 µs", "CPU µs/message", "resident MiB"],
    ...rows,
  ]);
}

function latencyRow(runs: readonly Run[], scenario: LoadScenario, peer: string): string[] {
  const p99 = (of: string) => median(figures(runs, scenario, of, "latency.p99Us"));
  return [
    scenario.title,
    peer,
    String(figures(runs, scenario, peer, "latency.p99Us").length),
    cell(runs, scenario, peer, "latency.p50Us", "count"),
    format(p99(peer), "count"),
    cell(runs, scenario, peer, "latency.maxUs", "count"),
    withGoal(
      format(divided(p99(peer), p99(reference)), "ratio"),
      peer,
      scenario.goal,
    ),
    cell(runs, scenario, peer, "sendLag.p99Us", "count"),
    cell(runs, scenario, peer, "broker.cpuUsPerMessage", "ratio"),
    cell(runs, scenario, peer, "broker.residentBytes", "mebibytes"),
  ];
}

function modeSection(runs: readonly Run[], scenario: ModeScenario): string {
  const { parts, figures } = scenario;
  const titles = figures.map(({ title }) => title);
  const row = (peer: string, figures: readonly Figure[]) => [
    peer,
    String(counted(runs, scenario, peer).length),
    ...figures.map((figure) => modeCell(runs, scenario, peer, figure)),
  ];
  const peers = peersOf(runs, scenario);
  if (parts === undefined) {
    return section(scenario.title, [
      ["peer", "rounds", ...titles],
      ...peers.map((peer) => row(peer, figures)),
    ]);
  }
  const rows = parts.flatMap((part) =>
    peers.map((peer) => [part.title, ...row(peer, figuresIn(part, figures))])
  );
  return section(scenario.title, [["work", "peer", "rounds", ...titles], ...rows]);
}

function figuresIn(part: Part, figures: readonly Figure[]): readonly Figure[] {
  return figures.map((figure) => ({ ...figure, path: `${part.path}.${figure.path}` }));
}

function modeCell(runs: readonly Run[], scenario: ModeScenario, peer: string, figure: Figure): string {
  const { path, unit, goal } = figure;
  const text = cell(runs, scenario, peer, path, unit);
  if (goal === undefined) return text;
  const of = (peer: string) => median(figures(runs, scenario, peer, path));
  const ratio = divided(of(peer), of(reference));
  return `${text}, ${withGoal(`× ${format(ratio, "ratio")}`, peer, goal)}`;
}

/** What a promise costs: acknowledgements beside the commits of SQLite alone, and what goes to the disk. */
function persistentSection(runs: readonly Run[], scenarios: readonly Scenario[]): string {
  if (scenarios.length === 0) return "";
  const header = ["work", "peer", "rounds", "PUBACK p50 µs", "p99 µs", `p50 ÷ ${bareCommit}`];
  const rows = scenarios.flatMap((scenario) =>
    [...peersOf(runs, scenario), bareCommit].map((peer) => persistentRow(runs, scenario, peer))
  );
  return section("Persistent sessions: from when a message was due to its PUBACK, and the disk", [
    [...header, "commits/s", "bytes written/message"],
    ...rows,
  ]);
}

function persistentRow(runs: readonly Run[], scenario: Scenario, peer: string): string[] {
  const p50 = (of: string) => median(figures(runs, scenario, of, "acknowledgement.p50Us"));
  const ratio = format(divided(p50(peer), p50(bareCommit)), "ratio");
  return [
    scenario.title,
    peer,
    String(figures(runs, scenario, peer, "acknowledgement.p50Us").length),
    format(p50(peer), "count"),
    cell(runs, scenario, peer, "acknowledgement.p99Us", "count"),
    withGoal(ratio, peer, scenario.commitsGoal, "at most "),
    cell(runs, scenario, peer, "commitsPerSecond", "count"),
    cell(runs, scenario, peer, "broker.writtenBytesPerMessage", "count"),
  ];
}

function objectionSection(runs: readonly Run[]): string {
  const lines = runs.filter(({ objection }) => objection !== undefined).map((
    { scenario, peer, round, objection },
  ) => `- ${scenario}, ${peer}, round ${round}: ${objection?.replaceAll("\n", " ")}`);
  return lines.length === 0 ? "" : ["## Runs that do not count", "", ...lines].join("\n");
}

/** The peers of a scenario in the order of its first round. */
function peersOf(runs: readonly Run[], { name }: Scenario): readonly string[] {
  const measured = runs.filter(({ scenario, peer }) => scenario === name && peer !== bareCommit);
  return [...new Set(measured.map(({ peer }) => peer))];
}

/** The runs whose figures count. */
function counted(runs: readonly Run[], { name }: Scenario, of: string): readonly Run[] {
  return runs.filter(({ scenario, peer, objection }) =>
    scenario === name && peer === of && objection === undefined
  );
}

function figures(runs: readonly Run[], scenario: Scenario, peer: string, path: string): readonly number[] {
  return counted(runs, scenario, peer).map(({ report }) => figureAt(report, path)).filter((found) =>
    found !== undefined
  );
}

function cell(
  runs: readonly Run[],
  scenario: Scenario,
  peer: string,
  path: string,
  unit: Unit,
): string {
  return format(median(figures(runs, scenario, peer, path)), unit);
}

function divided(value: number | undefined, by: number | undefined): number | undefined {
  return value === undefined || by === undefined || by === 0 ? undefined : value / by;
}

/** The goals are Heliograph's. */
function withGoal(text: string, peer: string, goal: number | undefined, bound = ""): string {
  return goal === undefined || peer !== "heliograph" ? text : `${text} (goal ${bound}${goal})`;
}

/** Columns of words; all others hold numbers. */
const wordy: ReadonlySet<string> = new Set(["work", "peer"]);

function section(title: string, [header = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const alignment = header.map((column) => wordy.has(column) ? "---" : "---:");
  return [`## ${title}`, "", line(header), line(alignment), ...rows.map(line)].join("\n");
}
